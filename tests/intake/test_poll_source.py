"""Connected sheets, read through the real client from the fake of Google: what comes in, and when."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from commanda.intake import tasks
from commanda.intake.models import ImportRun, StagedRow
from commanda.intake.selectors import source_list
from commanda.intake.services.sources import create_source, set_active
from commanda.kernel.clock import now, time_is
from commanda.orders.models import Order
from tests.fakes.google.keys import EMAIL
from tests.intake.connected import SHEET, SYSTEM, change, confirm, numbers, poll
from tests.intake.helpers import HEADER, row, sheet

pytestmark = pytest.mark.django_db


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


def test_paused_source_is_left_alone(google, source):
    set_active(actor=SYSTEM, source_id=source.pk, is_active=False)
    assert poll(source) is None
    assert not Order.objects.exists()
    assert source_list(SYSTEM)[0].state == "paused"
    set_active(actor=SYSTEM, source_id=source.pk, is_active=True)
    assert numbers(poll(source)) == (2, 0, 0, 0)


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
