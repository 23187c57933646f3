"""Forms of the stock pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.stock import selectors
from commanda.stock.models import StockMovement
from commanda.stock.services.documents import MAX_QUANTITY, StockLine
from commanda.web.rows import MAX_ROWS, MORE, RowForm, filled

Choices = list[tuple[str, Any]]
NUMBER = {"inputmode": "numeric", "dir": "ltr"}


class LineForm(RowForm):
    """So many units of a variant. `choices` are shared by all rows: one query."""

    signs = ("variant", "quantity")
    needed = ("variant", "quantity")

    variant = forms.ChoiceField(label=_("Product"), required=False, widget=forms.Select(attrs={"data-select": ""}))
    quantity = forms.IntegerField(
        label=_("Quantity"),
        required=False,
        min_value=1,
        max_value=MAX_QUANTITY,
        widget=forms.NumberInput(attrs=NUMBER),
    )

    def __init__(self, *args: Any, choices: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["variant"].choices = choices  # type: ignore[attr-defined]


LineFormSet = forms.formset_factory(LineForm, extra=MORE, max_num=MAX_ROWS, absolute_max=MAX_ROWS)


def variant_choices(actor: Actor) -> Choices:
    """Everything that has a level, by name."""
    return [
        ("", _("Choose a product")),
        *((str(level.pk), f"{level.variant.label} · {level.variant.sku}") for level in selectors.levels(actor)),
    ]


def stock_lines(formset: forms.BaseFormSet) -> list[StockLine]:
    """The rows of a valid form set as the services take them."""
    return [StockLine(int(row.cleaned_data["variant"]), row.cleaned_data["quantity"]) for row in filled(formset)]


class ReceiptForm(forms.Form):
    supplier = forms.CharField(label=_("Supplier"), required=False, max_length=120)
    reference = forms.CharField(
        label=_("Delivery note or invoice"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class AdjustmentForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What became of them"),
        choices=[
            (StockMovement.Kind.DAMAGE.value, _("Damaged: taken off the shelf")),
            (StockMovement.Kind.LOSS.value, _("Lost: taken off the shelf")),
            (StockMovement.Kind.FOUND.value, _("Found: put on the shelf")),
        ],
        widget=forms.RadioSelect,
        initial=StockMovement.Kind.DAMAGE.value,
    )
    note = forms.CharField(label=_("Why"), max_length=300)


class QuarantineForm(forms.Form):
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, widget=forms.NumberInput(attrs=NUMBER))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)
