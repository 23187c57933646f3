"""When to call again: pure, so that every instant of the year can be tried in a test.

Hours are Moroccan wall time; instants go in and come out in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from commanda.kernel.clock import CASABLANCA

FRIDAY = 4
WITHOUT_STEPS = timedelta(hours=2)
LOOK_AHEAD_DAYS = 60


@dataclass(frozen=True, slots=True)
class CallingHours:
    """The daily window in which clients are called, the Friday prayer's break and a daily break in it, days off.

    A window that does not open before it closes means "at any hour"; so does a break mean "none".
    """

    opens_at: time = time(9, 0)
    closes_at: time = time(20, 0)
    friday_from: time = time(12, 30)
    friday_until: time = time(14, 30)
    break_from: time | None = None
    break_until: time | None = None
    closed_weekdays: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()

    @property
    def is_always_open(self) -> bool:
        return self.opens_at >= self.closes_at

    def spans(self, day: date) -> list[tuple[time, time]]:
        """The half-open stretches of a day in which calls may be made; empty on a day off."""
        if day.weekday() in self.closed_weekdays or day in self.holidays:
            return []
        found = [(self.opens_at, self.closes_at)]
        if day.weekday() == FRIDAY:
            found = _without(found, self.friday_from, self.friday_until)
        if self.break_from is not None and self.break_until is not None:
            found = _without(found, self.break_from, self.break_until)
        return found


def _without(spans: list[tuple[time, time]], start: time, end: time) -> list[tuple[time, time]]:
    if start >= end:
        return spans
    parts = [part for opens, closes in spans for part in ((opens, min(start, closes)), (max(end, opens), closes))]
    return [(opens, closes) for opens, closes in parts if opens < closes]


@dataclass(frozen=True, slots=True)
class Step:
    """The delay after one attempt: minutes, or so many days later at an hour."""

    after_minutes: int | None = None
    days_later: int | None = None
    at_time: time | None = None


def within_hours(instant: datetime, hours: CallingHours) -> datetime:
    """The first instant, not before `instant`, at which clients may be called.

    The instant itself where sixty days bring no such hour: a policy of days off alone holds nobody back for ever.
    """
    if hours.is_always_open:
        return instant
    local = instant.astimezone(CASABLANCA)
    for later in range(LOOK_AHEAD_DAYS):
        day = (local + timedelta(days=later)).date()
        for start, end in hours.spans(day):
            opens, closes = _instant(day, start), _instant(day, end)
            if instant < closes:
                return max(instant, opens)
    return instant


def is_within_hours(instant: datetime, hours: CallingHours) -> bool:
    """Whether clients may be called at this instant."""
    return within_hours(instant, hours) == instant


def next_attempt_at(
    *,
    attempt: int,
    at: datetime,
    steps: Sequence[Step],
    hours: CallingHours,
    minutes: int | None = None,
) -> datetime:
    """When to try again after the `attempt`-th failed try (from 1) made `at`; always later than `at`.

    `minutes` comes before the steps (an outcome's own delay). After the last step its delay repeats.
    """
    if minutes is not None:
        return within_hours(at + timedelta(minutes=max(minutes, 1)), hours)
    if not steps:
        return within_hours(at + WITHOUT_STEPS, hours)
    return within_hours(_raw(steps[min(max(attempt, 1), len(steps)) - 1], at), hours)


def course(at: datetime, *, steps: Sequence[Step], hours: CallingHours, tries: int) -> list[datetime]:
    """The instants of all tries on a client who never answers, when the first is made `at`."""
    instants = [at]
    for attempt in range(1, tries):
        instants.append(next_attempt_at(attempt=attempt, at=instants[-1], steps=steps, hours=hours))
    return instants


def _raw(step: Step, at: datetime) -> datetime:
    if step.days_later is not None and step.at_time is not None:
        day = at.astimezone(CASABLANCA).date() + timedelta(days=step.days_later)
        wanted = _instant(day, step.at_time)
        # "The same day at 10" said at 11 means tomorrow at 10, also when the clock changes in between.
        return wanted if wanted > at else _instant(day + timedelta(days=1), step.at_time)
    return at + timedelta(minutes=max(step.after_minutes or 0, 1))


def _instant(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, tzinfo=CASABLANCA).astimezone(UTC)
