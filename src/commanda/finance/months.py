"""Moroccan months, the periods of bonuses and caps."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from commanda.kernel.clock import day_range


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its first day."""

    first: date

    @property
    def last(self) -> date:
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """Half-open instants that cover it."""
        return day_range(self.first, self.last)

    @property
    def previous(self) -> "Month":
        return month_of(self.first - timedelta(days=1))


def month_of(day: date) -> Month:
    """The month a day is in."""
    return Month(day.replace(day=1))
