from datetime import UTC, date, datetime, timedelta

import pytest

from commanda.insights.periods import LONGEST_DAYS, PRESETS, Period, between
from commanda.kernel.clock import time_is, today


def test_previous_period_has_the_same_length_when_compared():
    period = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert period.previous == Period(date(2026, 1, 29), date(2026, 2, 28))
    assert period.previous.days == period.days == 31


def test_presets_are_counted_in_casablanca_when_it_is_past_midnight_there():
    with time_is(datetime(2026, 5, 31, 23, 30, tzinfo=UTC)):  # 1 June, 00:30 in Casablanca
        assert PRESETS["today"]() == Period(date(2026, 6, 1), date(2026, 6, 1))
        assert PRESETS["month"]() == Period(date(2026, 6, 1), date(2026, 6, 1))
        assert PRESETS["last_month"]() == Period(date(2026, 5, 1), date(2026, 5, 31))
        assert PRESETS["7d"]() == Period(date(2026, 5, 26), date(2026, 6, 1))


@pytest.mark.parametrize(
    ("first", "last"),
    [(date.min, date.max), (date.max, date.min), (date.max, date.max), (date.min, date.min)],
)
def test_days_are_within_reason_when_absurd_ones_are_typed(first, last):
    period = between(first, last)
    assert period.first <= period.last <= today()
    assert period.days <= LONGEST_DAYS


def test_each_day_is_given_when_a_period_is_walked():
    period = between(today() - timedelta(days=2), today())
    assert list(period) == [today() - timedelta(days=back) for back in (2, 1, 0)]
