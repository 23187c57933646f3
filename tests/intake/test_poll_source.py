"""Connected sheets, read through the real client from the fake of Google: changes, faults, health, jobs."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake import tasks
from commanda.intake.failures import explain
from commanda.intake.headers import guess_mapping
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.readers import google_client
from commanda.intake.readers.base import ReadProblem
from commanda.intake.selectors import source_list
from commanda.intake.services.connect import open_reader
from commanda.intake.services.poll_source import poll_source
from commanda.intake.services.read_source import choose_mapping, first_rows
from commanda.intake.services.set_mapping import set_mapping
from commanda.intake.services.sources import choose_sheet, create_source, replace_key, set_active, update_source
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is
from commanda.kernel.errors import Conflict, Invalid
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.fakes.google import FakeGoogle, make_key_file, running
from tests.fakes.google.keys import EMAIL
from tests.intake.helpers import HEADER, row, sheet

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
SHEET = "1" * 30
LINK = f"https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=0"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(google_client, "_FIRST_WAIT", 0.001)


@pytest.fixture(scope="module")
def server():
    with running(FakeGoogle()) as google:
        yield google


@pytest.fixture
def google(server, settings):
    server.spreadsheets.clear()
    server.faults.clear()
    settings.GOOGLE_API_BASE = server.base
    make_variant(name="Montre Atlas", sku="ATLAS")
    return server


@pytest.fixture
def tab(google):
    return google.add(SHEET, sheet(row(1), row(2)))


def change(google, rows):
    google.spreadsheets[SHEET].tabs[0].rows = rows
    google.spreadsheets[SHEET].touch()


def confirm(source):
    mapping = choose_mapping(source, first_rows(open_reader(source)))
    return set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping)


@pytest.fixture
def source(google, tab):
    made = create_source(actor=SYSTEM, kind="sheet_api", name="Boutique", key_file=make_key_file(google))
    return confirm(choose_sheet(actor=SYSTEM, source_id=made.pk, spreadsheet=LINK))


def poll(source, **options):
    run = poll_source(actor=system_actor("import"), source_id=source.pk, **options)
    source.refresh_from_db()
    return run


def numbers(run):
    return run.new_qty, run.changed_qty, run.unchanged_qty, run.rejected_qty


def test_orders_come_in_when_a_sheet_is_connected_by_service_account(source):
    assert source.options["client_email"] == EMAIL
    assert (source.options["title"], source.options["tab"]) == ("Commandes", "Feuille 1")
    run = poll(source)
    assert numbers(run) == (2, 0, 0, 0)
    assert run.trigger == "poll"
    assert Order.objects.filter(channel="sheet").count() == 2
    assert source.next_run_at > now()


def test_orders_come_in_when_a_sheet_is_connected_by_link(google, tab):
    link = f"{google.base}/spreadsheets/d/{SHEET}/edit#gid=0"
    source = confirm(create_source(actor=SYSTEM, kind="sheet_link", name="Lien", link=link))
    assert numbers(poll(source)) == (2, 0, 0, 0)
    assert poll(source) is None
    assert ImportRun.objects.count() == 1


def test_key_file_cannot_be_read_when_one_has_the_database_only(source):
    assert "private_key" not in source.secret
    assert source.secret.startswith("gAAAA")
    assert "private_key" not in str(source.options)


def test_values_are_not_fetched_when_the_sheet_has_not_changed(google, source):
    poll(source)
    google.calls.clear()
    assert poll(source) is None
    assert google.calls["v4"] == 0
    assert google.calls["drive"] == 1
    assert ImportRun.objects.count() == 1


def test_only_the_difference_is_taken_in_when_rows_change_move_come_and_go(google, source):
    poll(source)
    change(google, sheet(row(3), row(2), row(1, adresse="5 rue Neuve")))
    assert numbers(poll(source)) == (1, 1, 1, 0)
    assert Order.objects.get(staged_rows__key="x:A1").address == "5 rue Neuve"
    change(google, sheet(row(3)))
    assert poll(source) is None
    assert Order.objects.count() == StagedRow.objects.count() == 3


def test_columns_are_found_again_when_one_is_inserted_and_titles_stand_above(google, source):
    poll(source)
    rows = [["Mes commandes"], [], ["Nouveau", *HEADER], ["x", *row(1)], ["y", *row(2)], ["z", *row(3)]]
    change(google, rows)
    assert numbers(poll(source)) == (1, 0, 2, 0)


def test_dates_and_numbers_are_right_when_they_are_real_cells(google, source):
    when = datetime.fromisoformat("2026-05-01T14:30")
    change(google, sheet(row(1, date=when, telephone=612345678, quantite=2.0, prix=398.5)))
    poll(source)
    order = Order.objects.get()
    assert order.created_at.isoformat() == "2026-05-01T13:30:00+00:00"
    assert (order.phone_e164, str(order.total_amount)) == ("+212612345678", "398.50")


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [(403, "", "permission_lost"), (404, "", "spreadsheet_missing"), (403, "accessNotConfigured", "api_disabled")],
)
def test_health_says_what_to_do_when_the_sheet_cannot_be_read(google, source, status, reason, code):
    poll(source)
    google.fail(status, reason, times=9, path="/drive/")
    assert poll(source) is None
    health = source_list(SYSTEM)[0]
    assert (health.state, source.error_code) == ("error", code)
    assert explain(source.error_code, source.error_params)
    assert EMAIL in explain("permission_lost", {"email": EMAIL})
    google.faults.clear()
    poll(source)
    assert (source.error_code, source.failures_qty) == ("", 0)


def test_next_reading_waits_longer_each_time_when_google_asks_for_patience(google, source):
    poll(source)
    waits = []
    google.fail(429, "rateLimitExceeded", times=1000, path="/drive/")
    for _ in range(4):
        assert poll(source) is None
        waits.append((source.next_run_at - source.last_run_at).total_seconds())
    assert source.error_code == "quota_reached"
    assert waits == sorted(waits)
    assert 100 < waits[0] < 140 < 800 < waits[3] < 1100
    google.faults.clear()
    poll(source)
    assert source.error_code == ""
    assert ImportRun.objects.count() == 1


def test_wait_never_exceeds_an_hour_when_failures_are_many(google, source):
    Source.objects.update(failures_qty=900)
    google.fail(500, times=1000, path="/drive/")
    poll(source)
    assert source.next_run_at - now() < timedelta(minutes=67)


def test_reading_goes_on_when_a_call_fails_once(google, source):
    google.fail(429, "rateLimitExceeded", times=1)
    google.fail(500, times=1)
    assert numbers(poll(source)) == (2, 0, 0, 0)
    google.expire_tokens()
    change(google, sheet(row(1), row(2), row(3)))
    assert numbers(poll(source)) == (1, 0, 2, 0)


def test_tab_is_asked_for_when_it_was_renamed(google, source, tab):
    poll(source)
    tab.title = "Mai"
    google.spreadsheets[SHEET].touch()
    poll(source)
    assert source.error_code == "tab_missing"
    assert "Feuille 1" in explain(source.error_code, source.error_params)
    choose_sheet(actor=SYSTEM, source_id=source.pk, spreadsheet=SHEET, tab="Mai")
    assert numbers(poll(source, is_forced=True)) == (0, 0, 2, 0)


def test_nothing_is_taken_from_a_neighbour_when_a_mapped_column_is_gone(google, source):
    poll(source)
    change(google, [["Order ID", "Nom", "Ville"], ["A9", "Client", "Rabat"]])
    poll(source)
    assert source.error_code == "columns_missing"
    assert Order.objects.count() == 2


def test_person_is_told_when_a_forced_reading_fails(google, source):
    google.fail(403, times=9, path="/drive/")
    with pytest.raises(ReadProblem):
        poll(source, is_forced=True)


def test_paused_source_is_left_alone(google, source):
    set_active(actor=SYSTEM, source_id=source.pk, is_active=False)
    assert poll(source) is None
    assert not Order.objects.exists()
    assert source_list(SYSTEM)[0].state == "paused"
    set_active(actor=SYSTEM, source_id=source.pk, is_active=True)
    assert numbers(poll(source)) == (2, 0, 0, 0)


def test_sheet_rests_when_its_mapping_is_not_confirmed(google, tab):
    made = create_source(actor=SYSTEM, kind="sheet_api", name="Boutique", key_file=make_key_file(google))
    assert not made.is_active
    with pytest.raises(Invalid):
        set_active(actor=SYSTEM, source_id=made.pk, is_active=True)


@pytest.mark.parametrize("key_file", ["", "{}", "no json", '{"client_email": "a@b.c"}', "x" * 30_000])
def test_source_is_refused_when_the_key_file_is_none(key_file):
    with pytest.raises(ReadProblem) as caught:
        create_source(actor=SYSTEM, kind="sheet_api", name="Boutique", key_file=key_file)
    assert caught.value.code == "bad_key"
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("http://127.0.0.1:1/admin", "bad_link"),
        ("https://example.com/spreadsheets/d/abcdefgh1234/edit", "bad_link"),
        ("file:///etc/passwd", "bad_link"),
        ("", "bad_link"),
    ],
)
def test_source_is_refused_when_the_link_is_no_sheet(link, code):
    with pytest.raises(ReadProblem) as caught:
        create_source(actor=SYSTEM, kind="sheet_link", name="Lien", link=link)
    assert caught.value.code == code


def test_source_is_refused_when_the_sheet_is_not_shared(google, tab):
    google.spreadsheets[SHEET].by_link = False
    with pytest.raises(ReadProblem) as caught:
        create_source(actor=SYSTEM, kind="sheet_link", name="Lien", link=f"{google.base}/spreadsheets/d/{SHEET}/edit")
    assert caught.value.code == "not_shared"


def test_name_is_refused_when_another_source_has_it(google, source):
    with pytest.raises(Invalid):
        create_source(actor=SYSTEM, kind="file", name="Boutique")
    with pytest.raises(Invalid):
        update_source(actor=SYSTEM, source_id=source.pk, changes={"poll_seconds": 1})


def test_new_key_is_used_when_the_old_one_is_refused(google, source):
    google.accounts.clear()
    google.expire_tokens()
    poll(source)
    assert source.error_code == "bad_key"
    replace_key(actor=SYSTEM, source_id=source.pk, key_file=make_key_file(google))
    assert numbers(poll(source)) == (2, 0, 0, 0)


def test_rows_are_known_again_when_the_mapping_changes(google, source):
    change(google, [list(HEADER[1:]), row(1)[1:], row(2)[1:], row(3, telephone="x")[1:]])
    Source.objects.update(mapping=None)
    source.refresh_from_db()
    confirm(source)
    assert numbers(poll(source)) == (2, 0, 0, 1)
    mapping = choose_mapping(source, [])
    columns = {name: column for name, column in mapping.columns.items() if name not in {"quantity", "note"}}
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping.with_settings(columns=columns))
    assert numbers(poll(source, is_forced=True)) == (0, 0, 2, 1)
    set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping)
    assert numbers(poll(source, is_forced=True)) == (0, 0, 2, 1)
    assert Order.objects.count() == 2


def test_mapping_is_refused_when_it_would_part_an_orders_rows(google, source):
    change(google, sheet(row(1), row(1, produit="ATLAS", prix="199")))
    poll(source)
    mapping = choose_mapping(source, [])
    columns = {name: column for name, column in mapping.columns.items() if name != "external_id"}
    with pytest.raises(Conflict):
        set_mapping(actor=SYSTEM, source_id=source.pk, mapping=mapping.with_settings(columns=columns))


@pytest.mark.django_db(transaction=True)
def test_due_sources_are_read_by_the_worker(google, source):
    connector = testing.InMemoryConnector()
    with procrastinate_app.current_app.replace_connector(connector) as app:
        tasks.poll_due_sources(timestamp=0)
        tasks.poll_due_sources(timestamp=0)
        assert len(connector.jobs) == 1  # one job per source, however often the minute strikes
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert Order.objects.count() == 2
    source.refresh_from_db()
    assert source.next_run_at > timezone.now()


def test_source_is_not_due_before_its_time(google, source):
    connector = testing.InMemoryConnector()
    poll(source)
    with procrastinate_app.current_app.replace_connector(connector):
        tasks.poll_due_sources(timestamp=0)
        assert not connector.jobs
        with time_is(now() + timedelta(seconds=source.poll_seconds + 1)):
            tasks.poll_due_sources(timestamp=0)
        assert len(connector.jobs) == 1


def test_row_leaves_the_inbox_when_it_leaves_the_sheet_and_comes_back_with_it(google, source):
    change(google, sheet(row(1), row(2, telephone="x")))
    poll(source)
    assert source_list(SYSTEM)[0].waiting_qty == 1
    change(google, sheet(row(1)))
    poll(source)
    assert source_list(SYSTEM)[0].waiting_qty == 0
    assert StagedRow.objects.get(key="x:A2").status == "gone"
    change(google, sheet(row(1), row(2, telephone="x")))
    poll(source)
    assert source_list(SYSTEM)[0].waiting_qty == 1
    change(google, sheet(row(1)))
    poll(source)
    change(google, sheet(row(1), row(2)))
    assert numbers(poll(source)) == (1, 0, 1, 0)


def without_numbers(*rows):
    return [list(HEADER[1:]), *(each[1:] for each in rows)]


@pytest.fixture
def unnumbered(google, source):
    """A sheet without order numbers, read once."""
    change(google, without_numbers(row(1), row(2), row(3, telephone="x")))
    Source.objects.update(mapping=None)
    source.refresh_from_db()
    confirm(source)
    assert numbers(poll(source)) == (2, 0, 0, 1)
    return source


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"telephone": "0655443322"}, "phone_e164", "+212655443322"),
        ({"prix": "150"}, "total_amount", 150),
        ({"nom": "Autre nom"}, "customer_name", "Autre nom"),
    ],
)
def test_order_follows_when_one_cell_is_corrected_in_a_sheet_without_numbers(google, unnumbered, cells, field, value):
    change(google, without_numbers(row(9), row(1, **cells), row(2)))
    assert numbers(poll(unnumbered)) == (1, 1, 1, 0)
    assert Order.objects.count() == 3
    assert getattr(Order.objects.get(address="1 rue des Essais"), field) == value
    assert poll(unnumbered, is_forced=True).unchanged_qty == 3


def test_waiting_row_becomes_an_order_when_its_phone_is_corrected_in_the_sheet(google, unnumbered):
    change(google, without_numbers(row(1), row(2), row(3)))
    assert numbers(poll(unnumbered)) == (1, 0, 2, 0)
    assert StagedRow.objects.count() == Order.objects.count() == 3
    assert source_list(SYSTEM)[0].waiting_qty == 0


@pytest.mark.parametrize("cells", [{"date": "13/10/2026 10:00"}, {"telephone": "0655443322", "nom": "Autre"}])
def test_another_order_is_made_when_the_row_is_another_one(google, unnumbered, cells):
    change(google, without_numbers(row(2), row(1, **cells)))
    assert numbers(poll(unnumbered)) == (1, 0, 1, 0)
    assert Order.objects.count() == 3


def test_rows_are_known_again_when_a_column_was_renamed_and_mapped_anew(google, unnumbered):
    header = ["GSM" if name == "Téléphone" else name for name in HEADER[1:]]
    change(google, [header, row(1)[1:], row(2)[1:], row(3, telephone="x")[1:]])
    poll(unnumbered)
    assert unnumbered.error_code == "columns_missing"
    head = first_rows(open_reader(unnumbered))
    set_mapping(actor=SYSTEM, source_id=unnumbered.pk, mapping=guess_mapping(head))
    assert numbers(poll(unnumbered, is_forced=True)) == (0, 0, 2, 1)
    assert Order.objects.count() == 2
