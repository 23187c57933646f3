"""What the tests of the inbox ask of its page and send to it."""

from django.urls import reverse

from commanda.intake.models import StagedRow

HTMX = {"HX-Request": "true", "Accept-Language": "en"}


def waiting(number=1):
    return StagedRow.objects.get(key=f"x:A{number}")


def cards(client, **query):
    return client.get(reverse("intake_inbox"), query).context["cards"]


def cell(name, number=1, place=0):
    return f"fix-{waiting(number).pk}-{place}-{name}"


def mend(client, number=1, **sent):
    fields = {cell(name, number): text for name, text in sent.items()}
    return client.post(
        reverse("intake_row_mend", args=[waiting(number).pk]), {**fields, "remember": "on"}, headers=HTMX
    )


def bulk(client, query="", **sent):
    return client.post(reverse("intake_inbox_bulk") + query, sent)
