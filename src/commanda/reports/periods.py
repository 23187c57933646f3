"""The spans of days a report may cover, by name or typed, and what they are compared with.

A named period moves with the calendar: a schedule keeps the name and means another week each time.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.insights.periods import PRESETS as KNOWN
from commanda.insights.periods import Period, last_days
from commanda.kernel.clock import today

_WEEK: Final = 7


class Comparison(StrEnum):
    """What the figures are held against."""

    BEFORE = "before"
    YEAR = "year"
    NONE = "none"

    @property
    def label(self) -> Any:
        return _COMPARISONS[self]

    def of(self, period: Period) -> Period | None:
        """The span compared with; None for none."""
        if self is Comparison.BEFORE:
            return period.previous
        if self is Comparison.YEAR:
            return Period(_a_year_before(period.first), _a_year_before(period.last))
        return None


_COMPARISONS: Final = {
    Comparison.BEFORE: _("The days before"),
    Comparison.YEAR: _("A year before"),
    Comparison.NONE: _("Nothing"),
}


def _a_year_before(day: date) -> date:
    year = day.year - 1
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


def yesterday() -> Period:
    day = today() - timedelta(days=1)
    return Period(day, day)


def last_week() -> Period:
    """The last whole week, from Monday."""
    monday = today() - timedelta(days=today().weekday() + _WEEK)
    return Period(monday, monday + timedelta(days=_WEEK - 1))


def last_twelve_months() -> Period:
    """This month and the eleven before it."""
    last = today()
    month = last.month + 1
    first = last.replace(day=1, month=month, year=last.year - 1) if month <= 12 else last.replace(day=1, month=1)
    return Period(first, last)


PERIODS: Final[dict[str, Callable[[], Period]]] = {
    **KNOWN,
    "yesterday": yesterday,
    "last_week": last_week,
    "90d": lambda: last_days(90),
    "12m": last_twelve_months,
}
LABELS: Final = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "7d": _("7 days"),
    "last_week": _("Last week"),
    "30d": _("30 days"),
    "month": _("This month"),
    "last_month": _("Last month"),
    "90d": _("90 days"),
    "12m": _("12 months"),
}
