"""The intake pages: who may open them, and what they all keep to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.intake.models import ImportRun, UploadedSheet
from tests.factories import make_user, make_variant
from tests.intake.helpers import HEADER, as_csv, make_source, read, row, sheet
from tests.web.inbox import waiting
from tests.web.uploads import post_file

pytestmark = pytest.mark.django_db
PAGES = [
    "intake",
    "intake_source_new",
    "intake_new_link",
    "intake_new_account",
    "intake_upload",
    "intake_runs",
    "intake_inbox",
]


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_when_there_is_nothing(client, admin, name):
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_intake_is_closed_when_the_person_does_not_manage_it(client, name, role):
    client.force_login(make_user(role))
    assert client.get(reverse(name)).status_code == 403


def test_rows_and_uploads_are_closed_when_the_person_does_not_manage_intake(client):
    source = make_source()
    read(source, sheet(row(1, telephone="x")))
    client.force_login(make_user("supervisor"))
    for name, pk in [("intake_source", source.pk), ("intake_run", ImportRun.objects.get().pk)]:
        assert client.get(reverse(name, args=[pk])).status_code == 403
    for name in ("mend", "ignore", "reopen", "settle"):
        assert client.post(reverse(f"intake_row_{name}", args=[waiting().pk])).status_code == 403
    assert client.get(reverse("intake_inbox_download")).status_code == 403


def test_html_in_cells_is_shown_as_text(client, admin):
    evil = '<script>alert("x")</script>'
    source = make_source()
    read(source, sheet(row(1, nom=evil, telephone=evil, produit=evil, ville=evil)))
    post_file(client, as_csv(sheet(row(2, nom=evil, produit=evil), header=[evil, *HEADER[1:]])))
    pages = [reverse("intake_inbox"), reverse("intake_run", args=[ImportRun.objects.get().pk])]
    pages.append(reverse("intake_upload_preview", args=[UploadedSheet.objects.get().pk]))
    for address in pages:
        assert evil not in client.get(address).content.decode()


@pytest.mark.parametrize("name", ["intake", "intake_inbox", "intake_runs"])
def test_queries_stay_the_same_when_there_is_much_to_show(client, admin, name):
    def fill(first, number):
        for at in range(first, first + number):
            read(make_source(f"Source {at}"), sheet(row(at, telephone="x"), row(at + 500, ville="Nulle part")))

    fill(1, 2)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse(name))
    fill(10, 12)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(name))
    assert len(many) == len(few)
