"""How figures are written on pages and in mails, the same in the three languages: 1 234,50 DH, 63,4 %, 1 234."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import pgettext

from commanda.kernel.money import format_mad

DASH = "–"
NARROW_SPACE = "\u202f"
A_MONDAY = date(2026, 1, 5)


def _grouped(number: Decimal, places: int) -> str:
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    # "-0" would puzzle the reader.
    rounded = abs(rounded) if rounded == 0 else rounded
    return f"{rounded:,.{places}f}".replace(",", NARROW_SPACE).replace(".", ",")


def to_number(value: Any) -> Decimal | None:
    """The value as a finite Decimal, None when it is none."""
    if value is None or value == "":
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def mad(value: Any) -> str:
    """An amount in dirhams: `1 234,50 DH`; a dash for None."""
    number = to_number(value)
    return DASH if number is None else format_mad(number)


def qty(value: Any) -> str:
    """A count: `1 234`; decimals only where there are some."""
    number = to_number(value)
    if number is None:
        return DASH
    whole = int(number)
    return f"{whole:,}".replace(",", NARROW_SPACE) if whole == number else _grouped(number, 1)


def pct(value: Any, places: int = 1) -> str:
    """A ratio 0..1 as `63,4 %`; a dash for None (nothing to divide by)."""
    number = to_number(value)
    return DASH if number is None else f"{_grouped(number * 100, places)}{NARROW_SPACE}%"


def decimal(value: Any, places: int = 1) -> str:
    """A number with fixed decimals: `3,2`; a dash for None."""
    number = to_number(value)
    return DASH if number is None else _grouped(number, places)


def weekday_names(style: str = "l") -> tuple[str, ...]:
    """The days of the week from Monday, in the reader's language; `style` "D" for short ones."""
    return tuple(str(date_format(A_MONDAY + timedelta(days=place), style)) for place in range(7))


def listed(items: Iterable[Any]) -> str:
    """Items one after the other with the comma of the reader's language: `Rabat, Fès`."""
    return pgettext("between the items of a list", ", ").join(map(str, items))
