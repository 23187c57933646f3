"""Everything that can go wrong while a connected sheet is read: nothing lost, nothing doubled, and words that help."""

from datetime import timedelta

import pytest

from commanda.intake.failures import explain
from commanda.intake.models import ImportRun, Source
from commanda.intake.readers.base import ReadProblem
from commanda.intake.selectors import source_list
from commanda.intake.services.sources import choose_sheet, replace_key
from commanda.kernel.clock import now
from commanda.orders.models import Order
from tests.fakes.google import make_key_file
from tests.fakes.google.keys import EMAIL
from tests.intake.connected import SHEET, SYSTEM, change, numbers, poll
from tests.intake.helpers import row, sheet

pytestmark = pytest.mark.django_db


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


def test_new_key_is_used_when_the_old_one_is_refused(google, source):
    google.accounts.clear()
    google.expire_tokens()
    poll(source)
    assert source.error_code == "bad_key"
    replace_key(actor=SYSTEM, source_id=source.pk, key_file=make_key_file(google))
    assert numbers(poll(source)) == (2, 0, 0, 0)
