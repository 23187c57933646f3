"""Forms of the finance pages; services check again and have the last word."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Product
from commanda.catalog.selectors import products
from commanda.finance.models import Expense
from commanda.kernel.actor import Actor
from commanda.kernel.clock import today
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
    """What one unit of a variant costs from a day on."""

    amount = MoneyField(label=_("Cost of one unit"))
    valid_from_on = DayField(label=_("Valid from"))


class FeeForm(forms.Form):
    """What a carrier charges from a day on."""

    delivered_amount = MoneyField(label=_("For a delivered parcel"))
    returned_amount = MoneyField(label=_("For a returned parcel"))
    valid_from_on = DayField(label=_("Valid from"))


class ExpenseForm(forms.Form):
    """Money spent."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Expense.Kind.choices)
    amount = MoneyField(label=_("Amount"))
    spent_on = DayField(label=_("Date"))
    product = forms.ModelChoiceField(
        label=_("Product"),
        queryset=Product.objects.none(),
        required=False,
        empty_label=_("The whole shop"),
        help_text=_("What is for no product is shared out by revenue."),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products(actor)  # type: ignore[attr-defined]


class PlanForm(forms.Form):
    """What an agent earns per delivered order."""

    name = forms.CharField(label=_("Name"), max_length=80)
    delivered_amount = MoneyField(label=_("Per delivered order"))
    valid_from_on = DayField(label=_("Valid from"))
