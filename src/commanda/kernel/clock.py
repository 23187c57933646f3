"""Time: instants are UTC, days are Moroccan."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date

CASABLANCA = ZoneInfo("Africa/Casablanca")


_told: ContextVar[datetime | None] = ContextVar("told_time", default=None)


def now() -> datetime:
    """The present instant, aware, UTC; inside `time_is` the instant told there."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def time_is(instant: datetime) -> Iterator[None]:
    """Let services live at another instant: how the demo store gets its past and tests their future."""
    token = _told.set(instant)
    try:
        yield
    finally:
        _told.reset(token)


def today() -> date:
    """The present day in Casablanca."""
    return now().astimezone(CASABLANCA).date()


def day_of(instant: datetime) -> date:
    """The Moroccan day on which an instant falls."""
    return instant.astimezone(CASABLANCA).date()


def read_day(text: str | None) -> date | None:
    """The day out of an address or a form, as `2026-11-22`; None for what is none."""
    try:
        return parse_date(text or "")
    except ValueError:  # 31 February
        return None


def day_start(day: date) -> datetime:
    """The instant at which a Moroccan day begins."""
    return datetime.combine(day, time.min, tzinfo=CASABLANCA)


def day_range(first: date, last: date) -> tuple[datetime, datetime]:
    """Half-open instants covering the days `first` to `last` inclusive."""
    return day_start(first), day_start(last + timedelta(days=1))
