"""The intake pages: who may see them, what they say, what their forms do."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake.models import ImportRun, Source, StagedRow, UploadedSheet
from commanda.orders.models import Order
from tests.factories import make_user, make_variant
from tests.fakes.google import FakeGoogle, make_key_file, running
from tests.intake.helpers import HEADER, as_csv, make_source, read, row, sheet

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


@pytest.fixture
def admin(client):
    user = make_user("admin")
    client.force_login(user)
    return user


def post_file(client, content, name="commandes.csv", source="Boutique"):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("intake_upload"), {"file": file, "source_name": source})


def choices(answer):
    """What the mapping form would send as it stands."""
    columns = {f"column-{column.index}": column.field for column in answer.context["preview"].columns}
    return {**columns, "has_header": "on"}


def waiting(number=1):
    return StagedRow.objects.get(key=f"x:A{number}")


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


@pytest.fixture(scope="module")
def server():
    with running(FakeGoogle()) as google:
        yield google


@pytest.fixture
def google(server, settings):
    server.spreadsheets.clear()
    settings.GOOGLE_API_BASE = server.base
    server.add("2" * 30, sheet(row(1), row(2, produit="?")))
    return server


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
