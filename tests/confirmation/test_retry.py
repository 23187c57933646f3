from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.confirmation.retry import (
    FRIDAY,
    CallingHours,
    Step,
    is_within_hours,
    next_attempt_at,
    within_hours,
)
from commanda.kernel.clock import CASABLANCA

HOURS = CallingHours()
STEPS = [Step(30), Step(120), Step(None, 1, time(10)), Step(None, 1, time(18, 30)), Step(None, 2, time(10))]

START = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 2 * 366 * 24 * 60).map(lambda minute: START + timedelta(minutes=minute))
times = st.times().map(lambda value: value.replace(second=0, microsecond=0))
windows = st.builds(CallingHours, times, times, times, times)
steps = st.lists(
    st.one_of(
        st.builds(Step, st.integers(0, 5000)),
        st.builds(Step, st.none(), st.integers(0, 10), times),
    ),
    max_size=6,
)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=CASABLANCA).astimezone(UTC)


@pytest.mark.parametrize(
    ("attempt", "called", "again"),
    [
        (1, "2026-11-23T10:00", "2026-11-23T10:30"),
        (2, "2026-11-23T10:30", "2026-11-23T12:30"),
        (3, "2026-11-23T12:30", "2026-11-24T10:00"),
        (4, "2026-11-24T10:00", "2026-11-25T18:30"),
        (9, "2026-11-24T10:00", "2026-11-26T10:00"),  # the last step repeats
        (1, "2026-11-23T19:45", "2026-11-24T09:00"),  # closed in half an hour
        (2, "2026-11-27T11:00", "2026-11-27T14:30"),  # Friday's break
        (1, "2026-11-27T12:10", "2026-11-27T14:30"),
    ],
)
def test_next_attempt_follows_the_policy_when_nobody_answers(attempt, called, again):
    assert next_attempt_at(attempt=attempt, at=local(called), steps=STEPS, hours=HOURS) == local(again)


def test_outcomes_own_delay_comes_first_when_it_has_one():
    at = local("2026-11-23T10:00")
    found = next_attempt_at(attempt=3, at=at, steps=STEPS, hours=HOURS, minutes=15)
    assert found == at + timedelta(minutes=15)


def test_hour_of_the_same_day_means_tomorrow_when_it_has_passed():
    found = next_attempt_at(attempt=1, at=local("2026-11-23T11:00"), steps=[Step(None, 0, time(10))], hours=HOURS)
    assert found == local("2026-11-24T10:00")


@given(instants, windows, steps, st.integers(0, 30))
def test_next_attempt_is_later_and_in_calling_hours_when_any_policy_is_set(at, hours, policy, attempt):
    found = next_attempt_at(attempt=attempt, at=at, steps=policy, hours=hours)
    assert found > at
    if not hours.is_always_open:
        wall = found.astimezone(CASABLANCA)
        assert hours.opens_at <= wall.time() < hours.closes_at
        if wall.weekday() == FRIDAY:
            assert not hours.break_from <= wall.time() < hours.break_until


@given(instants, windows)
def test_instant_stays_when_calls_may_be_made(at, hours):
    found = within_hours(at, hours)
    assert found >= at
    assert within_hours(found, hours) == found
    assert is_within_hours(at, hours) == (found == at)


@given(instants, instants, windows)
def test_earlier_instants_never_come_due_later_when_hours_are_applied(one, other, hours):
    first, second = sorted((one, other))
    assert within_hours(first, hours) <= within_hours(second, hours)


def test_friday_is_left_out_when_the_break_swallows_it():
    hours = CallingHours(time(9), time(12), time(8), time(13))
    assert within_hours(local("2026-11-27T10:00"), hours) == local("2026-11-28T09:00")
