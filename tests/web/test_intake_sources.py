"""The pages of sources: ways in, addresses and scripts, shared sheets, health, imports under way."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake.models import HookDelivery, ImportRun, Source, UploadedSheet
from commanda.kernel.clock import now
from commanda.orders.models import Order, Store
from tests.factories import make_variant
from tests.fakes.google import make_key_file
from tests.intake.helpers import make_source
from tests.intake.hook_helpers import make_hook, order, send, take_in

pytestmark = pytest.mark.django_db
EN = {"Accept-Language": "en"}
KEY = "3" * 30


@pytest.fixture(autouse=True)
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")


@pytest.fixture
def jobs():
    """Jobs are kept in memory, to be looked at."""
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        yield app.connector.jobs


def text_of(client, name, *args, **query):
    return client.get(reverse(name, args=args), query, headers=EN).content.decode()


def basics(name="Site"):
    return {"name": name, "store": Store.objects.get().pk, "platform": "", "campaign": ""}


def account_source(client, google):
    from django.core.files.uploadedfile import SimpleUploadedFile

    key = SimpleUploadedFile("key.json", make_key_file(google).encode())
    client.post(reverse("intake_new_account"), {**basics("Feuilles"), "key_file": key})
    return Source.objects.get(name="Feuilles")


def test_six_ways_are_offered(client, admin):
    text = text_of(client, "intake_source_new")
    for name in ("new_account", "new_link", "new_script", "upload", "paste", "new_hook"):
        assert reverse(f"intake_{name}") in text


def test_orders_come_in_when_a_web_hook_was_made_on_the_page(client, admin):
    step = client.post(reverse("intake_new_hook"), basics())
    source = Source.objects.get()
    assert step["Location"] == reverse("intake_source_hook", args=[source.pk])
    assert (source.kind, source.is_active, source.hook_id) == ("hook", True, None)
    made = client.post(step["Location"], headers=EN).content.decode()
    secret = re.search(r"cms_[\w-]+", made)[0]
    source.refresh_from_db()
    assert str(source.hook_id) in made
    again = client.get(step["Location"]).content.decode()
    assert str(source.hook_id) in again
    assert secret not in again
    assert send(source, secret, order(1)).status_code == 202
    assert "Waiting for the worker" in text_of(client, "intake_source", source.pk)
    take_in(source)
    assert reverse("intake_run", args=[ImportRun.objects.get().pk]) in text_of(client, "intake_source", source.pk)


def test_script_holds_address_and_secret_when_it_was_made(client, admin):
    step = client.post(reverse("intake_new_script"), basics("Feuille </textarea> privée"))
    made = client.post(step["Location"], headers=EN).content.decode()
    source = Source.objects.get()
    assert source.options == {"is_script": True}
    assert "cms_" in made
    assert f"/hooks/intake/{source.hook_id}/" in made
    assert made.count("</textarea>") == 1
    assert "cms_" not in text_of(client, "intake_source_hook", source.pk)


def test_script_of_a_sheet_only_reports_changes_and_its_address_can_be_closed(client, admin):
    source = make_source("Feuille", kind="sheet_link", mapping={"columns": {}}, options={"link": "x"})
    made = client.post(reverse("intake_source_hook", args=[source.pk]), headers=EN).content.decode()
    assert "read every minute in any case" in made
    assert "getDataRange" not in made
    client.post(reverse("intake_source_hook_close", args=[source.pk]))
    source.refresh_from_db()
    assert source.hook_id is None


def test_files_have_no_address(client, admin):
    source = make_source()
    for ask in (client.get, client.post):
        assert ask(reverse("intake_source_hook", args=[source.pk]))["Location"] == reverse(
            "intake_source", args=[source.pk]
        )
    source.refresh_from_db()
    assert source.hook_id is None


def test_failed_delivery_is_tried_again_by_its_button(client, admin, jobs):
    source, _secret = make_hook()
    failed = HookDelivery.objects.create(
        source=source, delivery_id="d", body="{}", status="failed", error_code="internal", received_at=now()
    )
    assert "Something failed on our side" in text_of(client, "intake_source", source.pk)
    client.post(reverse("intake_delivery_retry", args=[source.pk, failed.pk]))
    failed.refresh_from_db()
    assert failed.status == "waiting"
    assert len(jobs) == 1
    other, _secret = make_hook("Autre")
    assert client.post(reverse("intake_delivery_retry", args=[other.pk, failed.pk])).status_code == 404


def test_page_asks_for_the_columns_when_sent_names_say_nothing(client, admin, jobs):
    source, secret = make_hook()
    send(source, secret, {"a": "Client", "b": "0612345678", "c": "ATLAS"})
    text = text_of(client, "intake")
    assert "choose the columns" in text
    assert reverse("intake_source_mapping", args=[source.pk]) in text
    preview = client.get(reverse("intake_source_mapping", args=[source.pk]), headers=EN)
    assert "0612345678" in preview.content.decode()


def test_shared_sheets_are_listed_and_one_is_chosen(client, admin, google):
    for at, title in enumerate(["Ancienne", "Commandes d'été", "Facebook"]):
        google.add(str(at) * 30, [["Nom", "Téléphone", "Produit"]], title=title)
        google.spreadsheets[str(at) * 30].modified_at += timedelta(days=at)
    source = account_source(client, google)
    listed = text_of(client, "intake_source_shared", source.pk)
    assert listed.index("Facebook") < listed.index("Ancienne")
    found = text_of(client, "intake_source_shared", source.pk, q="face")
    assert "Facebook" in found
    assert "Ancienne" not in found
    assert "No shared sheet has this name" in text_of(client, "intake_source_shared", source.pk, q="zzz")
    step = client.post(reverse("intake_source_sheet", args=[source.pk]), {"spreadsheet": "2" * 30})
    assert step["Location"] == reverse("intake_source_mapping", args=[source.pk])
    source.refresh_from_db()
    assert source.options["title"] == "Facebook"


def test_list_says_what_to_do_when_nothing_is_shared_or_the_api_is_off(client, admin, google):
    source = account_source(client, google)
    assert "No sheet is shared with this account yet" in text_of(client, "intake_source_shared", source.pk)
    google.fail(403, "accessNotConfigured", path="/drive/", times=9)
    assert "switched off" in text_of(client, "intake_source_shared", source.pk)


def test_pasted_cells_become_orders_after_their_preview(client, admin):
    cells = 'Nom\tTéléphone\tProduit\tNote\nAmal\t0612345678\tATLAS\t"deux\nlignes"\n'
    step = client.post(reverse("intake_paste"), {"cells": cells, "source_name": "Copié"})
    preview = client.get(step["Location"])
    assert preview.context["preview"].clean_qty == 1
    sent = {f"column-{column.index}": column.field for column in preview.context["preview"].columns}
    client.post(step["Location"], {**sent, "has_header": "on", "action": "import"})
    run = ImportRun.objects.get()
    assert (run.trigger, run.source.name, run.new_qty) == ("paste", "Copié", 1)
    assert Order.objects.get().phone_e164 == "+212612345678"


@pytest.mark.parametrize("cells", ["", "   ", "\n\t\n"])
def test_page_says_so_when_nothing_was_pasted(client, admin, cells):
    answer = client.post(reverse("intake_paste"), {"cells": cells})
    assert answer.status_code == 422
    assert answer.context["form"].errors["cells"]
    assert not UploadedSheet.objects.exists()


def test_quota_is_told_with_the_moment_when_it_ends(client, admin):
    make_source(
        "Feuille",
        kind="sheet_api",
        mapping={"columns": {}},
        error_code="quota_reached",
        failures_qty=3,
        next_run_at=now() + timedelta(minutes=12),
        last_success_at=now() - timedelta(minutes=5),
    )
    text = text_of(client, "intake")
    assert re.search(r"Google asks us to wait until \d\d:\d\d", text)
    assert "5 readings missed" in text


def open_run(**fields):
    source = make_source()
    upload = UploadedSheet.objects.create(name="b.csv", source_name=source.name, created_at=now())
    usual = {"status": "running", "trigger": "upload", "started_at": now() - timedelta(seconds=10)}
    return ImportRun.objects.create(source=source, upload=upload, **usual | fields)


def test_progress_pace_and_rest_are_shown_while_an_import_runs(client, admin):
    run = open_run(read_qty=5000, done_qty=1000)
    text = text_of(client, "intake_run", run.pk)
    assert "1000 of 5000 rows" in text
    assert re.search(r"\b\d{2,3} rows per second", text)
    assert "left" in text
    assert reverse("intake_run_cancel", args=[run.pk]) in text
    partial = client.get(reverse("intake_run", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in partial


def test_import_is_cancelled_and_goes_on_by_its_buttons(client, admin, jobs):
    run = open_run(status="queued")
    page = client.post(reverse("intake_run_cancel", args=[run.pk]), follow=True, headers=EN)
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert "Go on with this import" in page.content.decode()
    resumed = client.post(reverse("intake_run_resume", args=[run.pk]))
    newest = ImportRun.objects.first()
    assert resumed["Location"] == reverse("intake_run", args=[newest.pk])
    assert (newest.status, newest.upload_id, len(jobs)) == ("queued", run.upload_id, 1)
    twice = client.post(reverse("intake_run_resume", args=[run.pk]), follow=True, headers=EN)
    assert "still under way" in twice.content.decode()


def test_rejected_rows_of_a_run_are_offered_as_a_file(client, admin):
    source, secret = make_hook()
    send(source, secret, [order(1), order(2, product="Tapis volant")])
    run = take_in(source)
    assert f"{reverse('intake_inbox_download')}?run={run.pk}" in text_of(client, "intake_run", run.pk)
    answer = client.get(reverse("intake_inbox_download"), {"run": run.pk})
    assert "Tapis volant" in b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1", "https://127.0.0.1", "https://localhost", "https://10.0.0.1", "ftp://x", "https://u:p@example.com"]
)  # fmt: skip
def test_address_of_the_google_apis_is_refused_when_it_leads_inside(client, admin, settings, address):
    settings.GOOGLE_API_BASE = ""
    source = make_source("Feuille", kind="sheet_link", mapping={"columns": {}}, options={"link": "x"})
    form = {**basics("Feuille"), "poll_seconds": "60", "google_base": address}
    answer = client.post(reverse("intake_source", args=[source.pk]), form)
    assert answer.status_code == 422
    assert answer.context["form"].errors["google_base"]
    source.refresh_from_db()
    assert "api_base" not in source.options


def test_address_of_the_google_apis_is_kept_when_the_environment_names_it(client, admin, settings):
    settings.GOOGLE_API_BASE = "http://127.0.0.1:9"
    source = make_source("Feuille", kind="sheet_link", mapping={"columns": {}}, options={"link": "x"})
    for address, kept in [("http://127.0.0.1:9/", "http://127.0.0.1:9"), ("", None)]:
        form = {**basics("Feuille"), "poll_seconds": "60", "google_base": address}
        assert client.post(reverse("intake_source", args=[source.pk]), form).status_code == 302
        source.refresh_from_db()
        assert source.options.get("api_base") == kept


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "evil"])
def test_buttons_lead_back_to_our_pages_only(client, admin, elsewhere):
    source = make_source()
    answer = client.post(reverse("intake_source_pause", args=[source.pk]), {"active": "0", "next": elsewhere})
    assert answer["Location"] == reverse("intake")


def test_queries_stay_the_same_when_many_sources_are_sent_to(client, admin):
    def fill(first, number):
        for at in range(first, first + number):
            source, secret = make_hook(f"Site {at}")
            send(source, secret, order(at))
            take_in(source)
            send(source, secret, order(500 + at))

    fill(0, 2)
    client.get(reverse("intake"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("intake"))
    fill(10, 6)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse("intake"))
    assert len(many) == len(few)
