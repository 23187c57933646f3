"""What every money form has in common: amounts and days within reason."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from commanda.kernel.clock import today
from commanda.kernel.errors import Invalid
from commanda.kernel.money import quantize

FIRST_DAY: Final = date(2010, 1, 1)
DAYS_AHEAD: Final = 366


def checked_amount(amount: Decimal, *, field: str, highest: int, is_positive: bool = False) -> Decimal:
    """The amount to the centime, from 0 (or the first centime) to `highest` MAD. Raises `Invalid`."""
    if not amount.is_finite():
        raise Invalid(_("Type an amount."), field=field, code="bad_amount")
    if not 0 <= amount <= highest:
        raise Invalid(
            _("The amount must be between 0 and %(highest)s DH."),
            field=field,
            code="bad_amount",
            highest=f"{highest:,}".replace(",", " "),
        )
    rounded = quantize(amount)
    if is_positive and not rounded:
        raise Invalid(_("The amount must be more than zero."), field=field, code="bad_amount")
    return rounded


def checked_day(day: date, *, field: str, days_ahead: int = DAYS_AHEAD) -> date:
    """The day, from 2010 to so many days after today. Raises `Invalid`."""
    if day < FIRST_DAY:
        raise Invalid(_("This date is too long ago."), field=field, code="bad_date")
    if day > today() + timedelta(days=days_ahead):
        text = _("This date is in the future.") if not days_ahead else _("This date is too far ahead.")
        raise Invalid(text, field=field, code="bad_date")
    return day
