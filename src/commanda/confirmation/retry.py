"""When to call again: pure, so that every instant of the year can be tried in a test.

Hours are Moroccan wall time; instants go in and come out in UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from commanda.kernel.clock import CASABLANCA

FRIDAY = 4
WITHOUT_STEPS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class CallingHours:
    """The daily window in which clients are called, and the Friday prayer's break in it.

    A window that does not open before it closes means "at any hour"; so does a break mean "none".
    """

    opens_at: time = time(9, 0)
    closes_at: time = time(20, 0)
    break_from: time = time(12, 30)
    break_until: time = time(14, 30)

    @property
    def is_always_open(self) -> bool:
        return self.opens_at >= self.closes_at

    def spans(self, weekday: int) -> list[tuple[time, time]]:
        """The half-open stretches of a day in which calls may be made; empty when the break swallows the day."""
        if weekday != FRIDAY or self.break_from >= self.break_until:
            return [(self.opens_at, self.closes_at)]
        before = (self.opens_at, min(self.break_from, self.closes_at))
        after = (max(self.break_until, self.opens_at), self.closes_at)
        return [(start, end) for start, end in (before, after) if start < end]


@dataclass(frozen=True, slots=True)
class Step:
    """The delay after one attempt: minutes, or so many days later at an hour."""

    after_minutes: int | None = None
    days_later: int | None = None
    at_time: time | None = None


def within_hours(instant: datetime, hours: CallingHours) -> datetime:
    """The first instant, not before `instant`, at which clients may be called."""
    if hours.is_always_open:
        return instant
    local = instant.astimezone(CASABLANCA)
    for later in range(9):  # A week and a day reach every weekday again; one of them is no Friday.
        day = (local + timedelta(days=later)).date()
        for start, end in hours.spans(day.weekday()):
            opens = datetime.combine(day, start, tzinfo=CASABLANCA).astimezone(UTC)
            closes = datetime.combine(day, end, tzinfo=CASABLANCA).astimezone(UTC)
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


def _raw(step: Step, at: datetime) -> datetime:
    if step.days_later is not None and step.at_time is not None:
        day = at.astimezone(CASABLANCA).date() + timedelta(days=step.days_later)
        wanted = datetime.combine(day, step.at_time, tzinfo=CASABLANCA).astimezone(UTC)
        # "The same day at 10" said at 11 means tomorrow.
        return wanted if wanted > at else wanted + timedelta(days=1)
    return at + timedelta(minutes=max(step.after_minutes or 0, 1))
