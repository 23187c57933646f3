"""Sheets that are connected: by key, by link, their buttons, columns that were renamed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake.models import Source
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.fakes.google import make_key_file
from tests.intake.helpers import HEADER, make_source, read, row, sheet
from tests.web.uploads import choices

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.fixture
def google(google):
    google.add("2" * 30, sheet(row(1), row(2, produit="?")))
    return google


def test_private_sheet_is_connected_in_three_steps(client, admin, google):
    from commanda.orders.models import Store

    key = SimpleUploadedFile("key.json", make_key_file(google).encode())
    form = {"name": "Boutique", "store": Store.objects.get().pk, "key_file": key}
    step = client.post(reverse("intake_new_account"), form)
    assert "iam.gserviceaccount.com" in client.get(step["Location"]).content.decode()
    step = client.post(step["Location"], {"spreadsheet": "2" * 30})
    preview = client.get(step["Location"])
    assert preview.context["preview"].clean_qty == 1
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        client.post(step["Location"], {**choices(preview), "action": "save"})
        job = next(iter(app.connector.jobs.values()))
        app.tasks[job["task_name"]].func(**job["args"])
    source = Source.objects.get()
    assert source.is_active
    assert Order.objects.count() == 1
    for page in ("intake", "intake_inbox", "intake_runs"):
        assert "Boutique" in client.get(reverse(page)).content.decode()
    text = client.get(reverse("intake_source", args=[source.pk])).content.decode()
    assert "PRIVATE KEY" not in text
    assert source.secret not in text


def test_sheet_is_connected_by_its_link(client, admin, google):
    from commanda.orders.models import Store

    link = f"{google.base}/spreadsheets/d/{'2' * 30}/edit"
    step = client.post(reverse("intake_new_link"), {"name": "Lien", "store": Store.objects.get().pk, "link": link})
    assert step["Location"] == reverse("intake_source_mapping", args=[Source.objects.get().pk])
    refused = client.post(
        reverse("intake_new_link"),
        {"name": "Autre", "store": Store.objects.get().pk, "link": "https://example.com/x"},
    )
    assert refused.status_code == 422
    assert refused.context["form"].errors


def test_source_says_what_to_do_when_its_sheet_is_not_shared_any_more(client, admin, google):
    source = make_source(
        kind="sheet_link",
        options={"link": f"{google.base}/spreadsheets/d/{'2' * 30}/edit"},
        error_code="not_shared",
        mapping={"columns": {}},
    )
    text = client.get(reverse("intake"), headers={"Accept-Language": "en"}).content.decode()
    assert "Google asks to sign in" in text
    google.spreadsheets["2" * 30].by_link = False
    page = client.get(reverse("intake_source_mapping", args=[source.pk]), headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert "Google asks to sign in" in page.content.decode()


def test_source_is_paused_renamed_and_read_by_its_buttons(client, admin):
    source = make_source(kind="sheet_link", mapping={"columns": {}}, options={"link": "x"})
    client.post(reverse("intake_source_pause", args=[source.pk]), {"active": "0"})
    source.refresh_from_db()
    assert not source.is_active
    form = {
        "name": "Nouveau nom",
        "store": source.store_id,
        "poll_seconds": "120",
        "platform": "tiktok",
        "campaign": "",
    }
    client.post(reverse("intake_source", args=[source.pk]), form)
    source.refresh_from_db()
    assert (source.name, source.poll_seconds, source.platform) == ("Nouveau nom", 120, "tiktok")
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        client.post(reverse("intake_source_run", args=[source.pk]))
        assert len(app.connector.jobs) == 1


def test_columns_are_chosen_anew_when_they_were_renamed_in_the_sheet(client, admin, google):
    source = make_source(kind="sheet_link", options={"link": f"{google.base}/spreadsheets/d/{'2' * 30}/edit"})
    read(source, sheet(row(1)))
    header = ["GSM" if name == "Téléphone" else name for name in HEADER]
    google.spreadsheets["2" * 30].tabs[0].rows = [["Mes commandes"], header, row(1), row(2)]
    address = reverse("intake_source_mapping", args=[source.pk])
    page = client.get(address)
    assert page.context["preview"].error
    sent = choices(page)
    gone = next(column for column in page.context["preview"].columns if column.name == "GSM")
    assert sent[f"column-{gone.index}"] == ""
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        answer = client.post(address, {**sent, f"column-{gone.index}": "phone", "action": "save"})
        assert answer.status_code == 302
        job = next(iter(app.connector.jobs.values()))
        app.tasks[job["task_name"]].func(**job["args"])
    assert Order.objects.count() == 2
