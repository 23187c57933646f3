"""Which rows the inbox shows: filters and their numbers, pages, the download."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from commanda.intake.models import ImportRun, StagedRow
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import make_source, read, row, sheet
from tests.web.inbox import cards, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("admin")]


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


def test_inbox_shows_what_the_filters_ask_for(client):
    one, two = make_source("Un"), make_source("Deux")
    read(one, sheet(row(1, telephone="x"), row(2, produit="?")))
    run, _outcome = read(
        two, sheet(row(3, telephone="y"), row(4, ville="Nulle part"), row(5, nom="Zineb", quantite="?"))
    )

    def shown(**query):
        return {card.row.key for card in cards(client, **query)}

    assert shown() == {"x:A1", "x:A2", "x:A3", "x:A4", "x:A5"}
    assert shown(source=one.pk) == {"x:A1", "x:A2"}
    assert shown(problem="phone_invalid") == {"x:A1", "x:A3"}
    assert shown(problem="phone_invalid", source=one.pk) == {"x:A1"}
    assert shown(run=run.pk) == {"x:A3", "x:A4", "x:A5"}
    assert shown(run=run.pk, status="look") == {"x:A4"}
    assert shown(status="waiting") == {"x:A1", "x:A2", "x:A3", "x:A5"}
    assert shown(q="zineb") == {"x:A5"}
    assert shown(q="a3") == {"x:A3"}
    assert shown(q=str(Order.objects.get())) == {"x:A4"}
    assert shown(q="0600000002") == shown(q="+212 6 00 00 00 02") == {"x:A2"}
    assert shown(q="\x00%_'\"\\") == set()
    assert shown(problem="'; DROP TABLE", source="²", run="x", status="?", after="zzz") == shown()


def test_numbers_beside_the_filters_are_what_they_find(client):
    read(make_source(), sheet(row(1, telephone="x"), row(2, telephone="y", quantite="?"), row(3, ville="Nulle part")))
    client.post(reverse("intake_row_ignore", args=[waiting().pk]), {f"reason-{waiting().pk}": "non"})
    page = client.get(reverse("intake_inbox")).context
    assert [state["count"] for state in page["states"]] == [2, 1, 1, 1, 0]
    assert {code: qty for code, _label, qty in page["problems"]} == {
        "phone_invalid": 1,
        "quantity_unreadable": 1,
        "city_unknown": 1,
    }
    page = client.get(reverse("intake_inbox"), {"status": "aside"}).context
    assert {code: qty for code, _label, qty in page["problems"]} == {"phone_invalid": 1}


def test_rejected_rows_are_downloaded_with_their_reasons_and_no_formula(client):
    read(make_source(), sheet(row(1, telephone="x", adresse="=HYPERLINK(1)"), row(2)))
    text = b"".join(client.get(reverse("intake_inbox_download")).streaming_content).decode("utf-8-sig")
    head, line = text.strip().splitlines()
    assert "Téléphone" in head
    assert "'=HYPERLINK(1)" in line
    assert "A1" in line
    answer = client.get(reverse("intake_inbox_download"), {"format": "xlsx"})
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    assert len(workbook.get_sheet_by_index(0).to_python()) == 2
    run = ImportRun.objects.get()
    for number, lines in ((run.pk, 2), (run.pk + 1, 1)):
        text = b"".join(client.get(reverse("intake_inbox_download"), {"run": number}).streaming_content)
        assert len(text.splitlines()) == lines


def test_pages_of_the_inbox_hold_every_row_once(client):
    read(make_source(), sheet(*(row(number, telephone="x") for number in range(60))))
    seen, query = [], {}
    while True:
        page = client.get(reverse("intake_inbox"), query)
        seen += [card.row.pk for card in page.context["cards"]]
        if not page.context["page"].next_cursor:
            break
        query = {"after": page.context["page"].next_cursor}
    assert len(seen) == len(set(seen)) == 60


def test_inbox_costs_the_same_when_thousands_of_rows_wait(client):
    source = make_source()
    read(source, sheet(*(row(number, telephone="x", produit=f"Objet {number}") for number in range(30))))
    client.get(reverse("intake_inbox"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("intake_inbox"))
    model = waiting(3)
    StagedRow.objects.bulk_create(
        StagedRow(
            source=source,
            key=f"k{number}",
            fingerprint="x",
            cells=model.cells,
            status="rejected",
            problems=model.problems,
        )
        for number in range(5_000)
    )
    with CaptureQueriesContext(connection) as many:
        page = client.get(reverse("intake_inbox"))
    assert len(many) == len(few)
    assert page.context["total"] == 5_030
    assert len(page.context["cards"]) == 25
