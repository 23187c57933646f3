"""What the values and limits of alerts are counted in, and how they are written and read."""

from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.kernel import formats


class Unit(StrEnum):
    """A ratio is 0..1 and shown in percent; periods are intervals of a source's plan."""

    COUNT = "count"
    UNITS = "units"
    ORDERS = "orders"
    ROWS = "rows"
    MAD = "mad"
    RATIO = "ratio"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    PERIODS = "periods"

    @property
    def short(self) -> str:
        """What stands behind the field in which a limit is typed."""
        return str(_SHORT[self])

    def written(self, value: Decimal | None) -> str:
        """`3`, `1 234,50 DH`, `43,2 %`, `2,5 days`; a dash for None."""
        if value is None:
            return formats.DASH
        if self is Unit.MAD:
            return formats.mad(value)
        if self is Unit.RATIO:
            return formats.pct(value)
        if self is Unit.MINUTES:
            return _length(value)
        number = formats.qty(value)
        word = _WITH_WORD.get(self)
        return number if word is None else str(word) % {"number": number}

    def typed(self, value: Decimal) -> Decimal:
        """The limit as a person types it: percent for ratios."""
        shown = value * 100 if self is Unit.RATIO else value
        return Decimal(format(shown.normalize(), "f"))

    def read(self, typed: Decimal) -> Decimal:
        """The limit out of what was typed."""
        return typed / 100 if self is Unit.RATIO else typed


_SHORT: Final = {
    Unit.COUNT: "",
    Unit.UNITS: _("units"),
    Unit.ORDERS: _("orders"),
    Unit.ROWS: _("rows"),
    Unit.MAD: "DH",
    Unit.RATIO: "%",
    Unit.DAYS: _("days"),
    Unit.HOURS: _("hours"),
    Unit.MINUTES: _("minutes"),
    Unit.PERIODS: _("intervals"),
}
_WITH_WORD: Final = {
    Unit.DAYS: _("%(number)s d"),
    Unit.HOURS: _("%(number)s h"),
    Unit.PERIODS: _("%(number)s intervals"),
}
# Minutes are told in hours from two hours on, in days from two days on.
_LENGTHS: Final[tuple[tuple[int, Any], ...]] = (
    (24 * 60, _("%(number)s d")),
    (60, _("%(number)s h")),
    (1, _("%(number)s min")),
)


def _length(minutes: Decimal) -> str:
    size, word = next((size, word) for size, word in _LENGTHS if minutes >= 2 * size or size == 1)
    return str(word) % {"number": formats.qty(minutes // size)}
