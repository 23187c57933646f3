from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.confirmation.retry import (
    FRIDAY,
    CallingHours,
    Step,
    course,
    is_within_hours,
    next_attempt_at,
    within_hours,
)
from commanda.kernel.clock import CASABLANCA

HOURS = CallingHours()
STEPS = [Step(30), Step(120), Step(None, 1, time(10)), Step(None, 1, time(18, 30)), Step(None, 2, time(10))]

START = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 2 * 366 * 24 * 60).map(lambda minute: START + timedelta(minutes=minute))
# The clock changes at two or three in the morning: no hours begin or end there.
times = (
    st.times().map(lambda value: value.replace(second=0, microsecond=0)).filter(lambda value: value.hour not in (2, 3))
)
days = st.frozensets(st.integers(0, 6), max_size=6)
holidays = st.frozensets(st.dates(START.date(), START.date() + timedelta(days=731)), max_size=5)
windows = st.builds(CallingHours, times, times, times, times, st.none() | times, times, days, holidays)
steps = st.lists(
    st.one_of(
        st.builds(Step, st.integers(0, 5000)),
        st.builds(Step, st.none(), st.integers(0, 10), times),
    ),
    max_size=6,
)


def is_open(instant, hours):
    """Said once more in other words: not by spans but by every condition on its own."""
    wall = instant.astimezone(CASABLANCA)
    day, clock = wall.date(), wall.time()
    if day in hours.holidays or wall.weekday() in hours.closed_weekdays:
        return False
    if wall.weekday() == FRIDAY and hours.friday_from <= clock < hours.friday_until:
        return False
    if hours.break_from is not None and hours.break_from <= clock < hours.break_until:
        return False
    return hours.opens_at <= clock < hours.closes_at


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
    assert is_open(found, hours) or hours.is_always_open or never_open(found, hours)


def never_open(at, hours):
    """The breaks and days off swallow every hour of the next weeks."""
    return not any(is_open(at + timedelta(minutes=minutes), hours) for minutes in range(15 * 24 * 60))


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


@pytest.mark.parametrize(
    ("called", "again"),
    [
        ("2026-02-14T19:50", "2026-02-15T09:00"),  # Ramadan begins: at three it is two again
        ("2026-03-21T19:50", "2026-03-22T09:00"),  # Ramadan is over: at two it is three
        ("2026-09-19T19:50", "2026-09-20T09:00"),  # Morocco goes back to the time of Greenwich
    ],
)
def test_wall_clock_counts_when_the_clock_changes(called, again):
    at = local(called)
    assert at.astimezone(CASABLANCA).utcoffset() != local(again).astimezone(CASABLANCA).utcoffset()
    assert next_attempt_at(attempt=1, at=at, steps=STEPS, hours=HOURS) == local(again)
    morning = [Step(None, 0, time(9, 30))]
    assert next_attempt_at(attempt=1, at=at, steps=morning, hours=HOURS) == local(again) + timedelta(minutes=30)


def test_next_try_is_after_midnight_when_the_shop_calls_at_night():
    night = CallingHours(time(0), time(23, 59))
    at = local("2026-11-23T23:50")
    assert next_attempt_at(attempt=1, at=at, steps=[Step(20)], hours=night) == local("2026-11-24T00:10")


@pytest.mark.parametrize(
    ("fields", "at", "opens"),
    [
        ({"break_from": time(13), "break_until": time(14)}, "2026-11-23T13:20", "2026-11-23T14:00"),
        ({"break_from": time(13), "break_until": time(14)}, "2026-11-27T12:40", "2026-11-27T14:30"),
        ({"closed_weekdays": frozenset([5, 6])}, "2026-11-28T10:00", "2026-11-30T09:00"),
        ({"holidays": frozenset([date(2026, 11, 24), date(2026, 11, 25)])}, "2026-11-23T20:00", "2026-11-26T09:00"),
    ],
)
def test_calls_go_on_after_the_break_when_it_is_one(fields, at, opens):
    assert within_hours(local(at), CallingHours(**fields)) == local(opens)


def test_nobody_waits_for_ever_when_every_day_is_off():
    at = local("2026-11-23T10:00")
    assert within_hours(at, CallingHours(closed_weekdays=frozenset(range(7)))) == at


def test_course_shows_all_tries_when_nobody_ever_answers():
    tries = course(local("2026-11-23T10:00"), steps=STEPS, hours=HOURS, tries=5)
    wanted = ["2026-11-23T10:00", "2026-11-23T10:30", "2026-11-23T12:30", "2026-11-24T10:00", "2026-11-25T18:30"]
    assert tries == [local(text) for text in wanted]


def test_friday_is_left_out_when_the_break_swallows_it():
    hours = CallingHours(time(9), time(12), time(8), time(13))
    assert within_hours(local("2026-11-27T10:00"), hours) == local("2026-11-28T09:00")
