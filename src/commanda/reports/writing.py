"""Figures and days as reports and mails write them."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commanda.insights.boards import Compared
from commanda.insights.kpis import Unit
from commanda.insights.periods import Period
from commanda.kernel import formats


def write(value: Decimal | None, unit: Unit) -> str:
    """The value as text: `1 234`, `1 234,50 DH`, `63,4 %`, `3,2 ×`, `2,4 d`; a dash for None."""
    if value is None:
        return formats.DASH
    if unit is Unit.MAD:
        return formats.mad(value)
    if unit is Unit.RATIO:
        return formats.pct(value)
    if unit is Unit.FACTOR:
        return f"{formats.decimal(value, 1)}{formats.NARROW_SPACE}×"
    if unit is Unit.DAYS:
        return _("%(days)s d") % {"days": formats.decimal(value, 1)}
    return formats.qty(value)


def change_text(compared: Compared) -> str:
    """What is said about the period before: `+12,3 %`, for rates `+2,1 pts`; "" where there is no telling."""
    change = compared.change
    if change is None:
        return ""
    sign = "+" if change > 0 else ""
    if compared.kpi.unit is Unit.RATIO:
        return _("%(points)s pts") % {"points": f"{sign}{formats.decimal(change * 100, 1)}"}
    return f"{sign}{formats.pct(change)}"


def day_label(day: date) -> str:
    """`3 Nov`, for axes."""
    return _day_label(day, get_language())


@lru_cache(maxsize=4096)
def _day_label(day: date, _language: str | None) -> str:
    return str(date_format(day, "j N"))


def span_label(period: Period) -> str:
    """`3 Nov – 22 Nov 2026`."""
    last = date_format(period.last, "j N Y")
    if period.days == 1:
        return str(last)
    is_one_year = period.first.year == period.last.year
    return f"{date_format(period.first, 'j N' if is_one_year else 'j N Y')} – {last}"
