"""Spans of Moroccan days that figures are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from commanda.kernel.clock import day_range, today

LONGEST_DAYS: Final = 731
EARLIEST: Final = date(2010, 1, 1)
DEFAULT: Final = "30d"


@dataclass(frozen=True, slots=True)
class Period:
    """The days `first` to `last`, both inclusive."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """Half-open instants that cover the days."""
        return day_range(self.first, self.last)

    @property
    def previous(self) -> "Period":
        """The span of the same length that ends the day before."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def __iter__(self) -> Iterator[date]:
        """Each day."""
        return (self.first + timedelta(days=place) for place in range(self.days))


def last_days(count: int) -> Period:
    """Today and the days before it, `count` in all."""
    last = today()
    return Period(last - timedelta(days=count - 1), last)


def this_month() -> Period:
    last = today()
    return Period(last.replace(day=1), last)


def last_month() -> Period:
    last = today().replace(day=1) - timedelta(days=1)
    return Period(last.replace(day=1), last)


PRESETS: Final = {
    "today": lambda: last_days(1),
    "7d": lambda: last_days(7),
    "30d": lambda: last_days(30),
    "month": this_month,
    "last_month": last_month,
}


def between(first: date, last: date) -> Period:
    """The days between two that were typed: put in order, from 2010 to today, two years at most."""
    first, last = sorted(min(max(day, EARLIEST), today()) for day in (first, last))
    return Period(max(first, last - timedelta(days=LONGEST_DAYS - 1)), last)
