"""Many rows of the inbox at once: ticked, of a filter, in the worker."""

import json

import pytest
from django.urls import reverse
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake.models import Mending, StagedRow
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import make_source, read, row, sheet
from tests.web.inbox import HTMX, bulk, mend, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("admin")]


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


def test_others_that_say_the_same_are_offered_and_taken_in(client):
    read(make_source(), sheet(*(row(number, produit="Mntr") for number in range(1, 5)), row(9, telephone="x")))
    answer = mend(client, product="ATLAS").content.decode()
    assert "3 other rows say the same" in answer
    done = client.post(
        reverse("intake_inbox_bulk") + "?problem=unknown_product&value=Mntr",
        {"every": "1", "action": "retry"},
        headers=HTMX,
    )
    told = json.loads(done.headers["HX-Trigger"])
    assert "3 orders imported" in told["toast"]["rows"][0]["text"]
    assert set(told["inbox-changed"]["rows"]) == {waiting(number).pk for number in (2, 3, 4)}
    assert Order.objects.count() == 4


def test_ticked_rows_get_the_same_value(client):
    read(make_source(), sheet(*(row(number, quantite="?") for number in (1, 2, 3))))
    ids = [waiting(1).pk, waiting(2).pk]
    bulk(client, action="set", set_field="quantity", set_text="2", ids=ids)
    assert [waiting(number).status for number in (1, 2, 3)] == ["imported", "imported", "rejected"]
    assert {order.lines.get().quantity for order in Order.objects.all()} == {2}


def test_every_row_of_the_filter_gets_the_product_when_all_are_meant(client):
    read(
        make_source(),
        sheet(*(row(number, produit=f"Mntr {number}") for number in range(1, 31)), row(40, telephone="x")),
    )
    bulk(
        client,
        "?problem=unknown_product",
        action="set",
        set_field="product",
        set_text="Montre Atlas · ATLAS",
        every="1",
    )
    assert Order.objects.count() == 30
    assert StagedRow.objects.filter(status="rejected").count() == 1


def test_many_rows_are_set_aside_with_a_reason(client):
    read(make_source(), sheet(*(row(number, telephone="x") for number in (1, 2))))
    ids = [waiting(1).pk, waiting(2).pk]
    bulk(client, action="ignore", ids=ids, reason=" ")
    assert waiting().status == "rejected"
    bulk(client, action="ignore", ids=ids, reason="Essais")
    assert {waiting(1).ignored_reason, waiting(2).ignored_reason} == {"Essais"}
    bulk(client, "?status=aside", action="reopen", every="1")
    assert waiting(2).status == "rejected"


def test_refused_rows_are_listed_with_their_reason(client):
    read(make_source(), sheet(row(1, telephone="x"), row(2)))
    answer = bulk(client, action="ignore", ids=[waiting(1).pk, waiting(2).pk], reason="Essais")
    page = client.get(answer["Location"], headers={"Accept-Language": "en"})
    assert page.context["mending"].refused_qty == 1
    assert "imported meanwhile" in page.content.decode()


def test_worker_does_it_when_the_rows_are_many(client, monkeypatch):
    from commanda.intake.services import mend_many
    from commanda.web.intake import inbox_bulk

    monkeypatch.setattr(mend_many, "AT_ONCE", 3)
    monkeypatch.setattr(inbox_bulk, "AT_ONCE", 3)
    read(make_source(), sheet(*(row(number, quantite="?") for number in range(1, 9))))
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        answer = bulk(client, action="set", set_field="quantity", set_text="1", every="1")
        mending = Mending.objects.get()
        assert answer["Location"] == reverse("intake_mending", args=[mending.pk])
        assert 'hx-trigger="every 1s"' in client.get(answer["Location"]).content.decode()
        assert not Order.objects.exists()
        client.post(answer["Location"])  # "go on" twice does no harm
        for job in list(app.connector.jobs.values()):
            app.tasks[job["task_name"]].func(**job["args"])
    mending.refresh_from_db()
    assert (mending.done_qty, mending.imported_qty, mending.is_open) == (8, 8, False)
    assert Order.objects.count() == 8
    assert 'hx-trigger="every 1s"' not in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "retry"},
        {"action": "burn", "ids": ["1"]},
        {"action": "set", "ids": ["1"], "set_field": "hair", "set_text": "x"},
        {"action": "set", "ids": ["1"], "set_field": "quantity", "set_text": " "},
        {"action": "set", "ids": ["1"], "set_field": "city", "set_text": "Nulle part"},
        {"action": "retry", "ids": ["x", "²", "9" * 30]},
    ],
)
def test_bulk_says_what_to_do_when_it_is_asked_for_nonsense(client, sent):
    answer = client.post(reverse("intake_inbox_bulk"), sent, follow=True)
    assert len(answer.context["messages"]) == 1
    assert not Mending.objects.exists()
