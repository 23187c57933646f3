"""Files that are uploaded: preview, mapping, import, what is refused."""

import pytest
from django.urls import reverse
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake.models import ImportRun, Source, UploadedSheet
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import HEADER, as_csv, make_source, row, sheet
from tests.web.uploads import choices, post_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


def test_file_is_imported_when_its_preview_was_confirmed(client, admin):
    answer = post_file(client, as_csv(sheet(row(1), row(2, telephone="#ERROR!"))))
    preview = client.get(answer["Location"])
    assert preview.status_code == 200
    assert [shown.draft is not None for shown in preview.context["preview"].rows] == [True, False]
    assert not Source.objects.exists()
    assert not Order.objects.exists()
    done = client.post(answer["Location"], {**choices(preview), "action": "import"})
    run = ImportRun.objects.get()
    assert done["Location"] == reverse("intake_run", args=[run.pk])
    assert (run.new_qty, run.rejected_qty, run.source.name, run.file_name) == (1, 1, "Boutique", "commandes.csv")
    assert Order.objects.get().created_by == admin
    result = client.get(done["Location"]).content.decode()
    assert "#ERROR!" in result
    assert not UploadedSheet.objects.exists()
    assert client.get(answer["Location"]).status_code == 404


def test_other_columns_are_taken_when_the_person_maps_them(client, admin):
    rows = [["Contact", "Machin", "Truc"], ["Client Exemple", "0612345678", "ATLAS"]]
    answer = post_file(client, as_csv(rows))
    sent = {"column-0": "name", "column-1": "phone", "column-2": "sku", "has_header": "on"}
    again = client.post(answer["Location"], {**sent, "action": "preview"}, headers={"HX-Request": "true"})
    assert "<html" not in again.content.decode()
    assert again.context["preview"].rows[0].draft is not None
    client.post(answer["Location"], {**sent, "action": "import"})
    assert Order.objects.get().customer_name == "Client Exemple"
    assert Source.objects.get().mapping["columns"]["sku"]["header"] == "Truc"


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"column-0": "phone", "column-1": "phone"}, "Which column holds the product"),
        ({"column-0": "hair"}, "Unknown field"),
        ({"column-0": "name"}, "phone number"),
        ({}, "phone number"),
    ],
)
def test_import_is_refused_with_what_to_do_when_the_mapping_is_wrong(client, admin, sent, text):
    answer = post_file(client, as_csv(sheet(row(1))))
    refused = client.post(answer["Location"], {**sent, "action": "import"}, headers={"Accept-Language": "en"})
    assert refused.status_code == 422
    assert text in refused.content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "photo.png"),
        (b"<!DOCTYPE html><table>", "page.csv"),
        (b"\n \n", "blank.csv"),
        (b"PK\x03\x04" + bytes(30), "broken.xlsx"),
        (as_csv([["c"] * 200, ["1"] * 200]), "wide.csv"),
    ],
)
def test_upload_says_why_when_the_file_is_no_sheet(client, admin, content, name):
    answer = post_file(client, content, name)
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert not UploadedSheet.objects.exists()


def test_upload_says_why_when_the_source_is_a_connected_sheet(client, admin):
    make_source("Boutique", kind="sheet_link")
    answer = post_file(client, as_csv(sheet(row(1))))
    assert answer.context["form"].errors["source_name"]


def test_page_says_so_when_the_same_file_comes_again(client, admin):
    for _ in range(2):
        answer = post_file(client, as_csv(sheet(row(1))))
        done = client.post(answer["Location"], {**choices(client.get(answer["Location"])), "action": "import"})
    page = client.get(done["Location"], headers={"Accept-Language": "en"}).content.decode()
    assert "Nothing was imported twice" in page
    assert Order.objects.count() == 1


def test_large_file_is_taken_in_by_the_worker(client, admin, monkeypatch):
    from commanda.web.intake import uploads

    monkeypatch.setattr(uploads, "INLINE_BYTES", 10)
    answer = post_file(client, as_csv(sheet(row(1))))
    sent = {**choices(client.get(answer["Location"])), "action": "import"}
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        done = client.post(answer["Location"], sent)
        run = ImportRun.objects.get()
        assert (run.status, Order.objects.count()) == ("queued", 0)
        assert 'every 1s"' in client.get(done["Location"]).content.decode()
        job = next(iter(app.connector.jobs.values()))
        app.tasks[job["task_name"]].func(**job["args"])
    run.refresh_from_db()
    assert (run.status, run.new_qty, run.started_by) == ("done", 1, admin)
    assert 'every 1s"' not in client.get(done["Location"]).content.decode()


def test_nothing_is_doubled_when_the_same_file_is_mapped_differently_later(client, admin):
    content = as_csv([HEADER[1:], row(1)[1:], row(2)[1:]])
    answer = post_file(client, content)
    client.post(answer["Location"], {**choices(client.get(answer["Location"])), "action": "import"})
    again = post_file(client, content)
    sent = choices(client.get(again["Location"]))
    price = next(name for name, field in sent.items() if field == "total_price")
    client.post(again["Location"], {**sent, price: "unit_price", "action": "import"})
    run = ImportRun.objects.first()
    assert (run.new_qty, run.unchanged_qty) == (0, 2)
    assert Source.objects.get().mapping["columns"]["unit_price"]["header"] == "Prix"


def test_mapping_of_a_source_stays_when_a_file_of_another_layout_comes(client, admin):
    for content in (as_csv(sheet(row(1))), as_csv([["Phone", "Full name", "SKU"], ["0611223344", "Sara", "ATLAS"]])):
        answer = post_file(client, content)
        client.post(answer["Location"], {**choices(client.get(answer["Location"])), "action": "import"})
    assert Order.objects.count() == 2
    assert Source.objects.get().mapping["columns"]["phone"]["header"] == "Téléphone"
