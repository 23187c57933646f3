"""Forms of the finance pages; services check again and have the last word."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commanda.kernel.clock import today
from commanda.kernel.money import ZERO
from commanda.web.products.forms import AmountField

TEXTS = {
    "negative": _("The amount cannot be negative."),
    "too_large": _("The amount must be at most 1,000,000 DH."),
}


class MoneyField(AmountField):
    """An amount of money that is not a price."""

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError as error:
            code = getattr(error, "code", "") or ""
            if code in TEXTS:
                raise ValidationError(TEXTS[code], code=code) from error
            raise


class DayField(forms.DateField):
    """A day, by default today."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**{"widget": widget, "initial": today, **options})


class CostForm(forms.Form):
    """What one unit of a variant costs from a day on: bought for, and what comes on top."""

    amount = MoneyField(label=_("Purchase"))
    landed_amount = MoneyField(label=_("Freight, customs …"), required=False)
    valid_from_on = DayField(label=_("Valid from"))

    def clean_landed_amount(self) -> Decimal:
        return self.cleaned_data["landed_amount"] or ZERO


class FeeForm(forms.Form):
    """What a carrier charges from a day on."""

    delivered_amount = MoneyField(label=_("For a delivered parcel"))
    returned_amount = MoneyField(label=_("For a returned parcel"))
    valid_from_on = DayField(label=_("Valid from"))
