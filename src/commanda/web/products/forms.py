"""Forms of the product pages."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Product, Variant
from commanda.catalog.services.products import MAX_LOW_STOCK, VariantData
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.web.rows import MAX_ROWS, RowForm, filled

Choices = Sequence[tuple[str, Any]]
CODE = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
AMOUNT_TEXTS = {
    "negative": _("The price cannot be negative."),
    "too_large": _("The price must be between 0 and 1,000,000 DH."),
}


class AmountField(forms.CharField):
    """An amount in dirhams in any usual way of writing; the value is a Decimal, None when empty."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", **CODE})
        super().__init__(**{"max_length": 30, "widget": widget, **options})

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}".removesuffix(".00").replace(".", ",") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_amount(text)
        except AmountProblem as problem:
            words = AMOUNT_TEXTS.get(problem.code, _("Write an amount, like 199 or 199,50."))
            raise ValidationError(words, code=problem.code) from problem


class ProductForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150)
    category = forms.CharField(
        label=_("Category"),
        required=False,
        max_length=80,
        help_text=_("Choose one, or type a new one."),
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("JPEG, PNG or WebP, at most 5 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    drop_picture = forms.BooleanField(label=_("Remove the picture"), required=False)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    call_script = forms.CharField(
        label=_("Call script"),
        required=False,
        max_length=5000,
        help_text=_("Shown to the agent during the call."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    low_stock_qty = forms.IntegerField(
        label=_("Low-stock threshold"),
        min_value=0,
        max_value=MAX_LOW_STOCK,
        initial=10,
        help_text=_("Alert when so many units, or fewer, are available. 0 for never."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    is_active = forms.BooleanField(label=_("On sale"), required=False, initial=True)
    allows_backorder = forms.BooleanField(
        label=_("Sell without stock"),
        required=False,
        help_text=_("Orders may be confirmed before the units arrive."),
    )

    @property
    def fields_for_service(self) -> dict[str, Any]:
        """The values of a valid form as `catalog.services.products` takes them."""
        data = dict(self.cleaned_data)
        picture, is_dropped = data.pop("picture"), data.pop("drop_picture")
        if picture:
            data["picture"] = picture
        elif is_dropped:
            data["picture"] = ""
        return data


def product_initial(product: Product) -> dict[str, Any]:
    """The values of a product, for its form."""
    names = ("name", "description", "call_script", "low_stock_qty", "is_active", "allows_backorder")
    return {name: getattr(product, name) for name in names} | {"category": str(product.category or "")}


class VariantForm(RowForm):
    """A colour and size with its SKU and price; `variant_id` is empty for a new one."""

    signs = ("variant_id", "sku", "color", "size", "price_amount")
    needed = ("sku", "price_amount")

    variant_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sku = forms.CharField(label=_("SKU"), required=False, max_length=60, widget=forms.TextInput(attrs=CODE))
    color = forms.CharField(label=_("Colour"), required=False, max_length=40)
    size = forms.CharField(label=_("Size"), required=False, max_length=40)
    price_amount = AmountField(label=_("Price (DH)"), required=False)
    is_active = forms.BooleanField(label=_("On sale"), required=False, initial=True)


class PartForm(RowForm):
    """So many units of a product in a pack."""

    signs = ("variant", "quantity")
    needed = ("variant", "quantity")

    variant = forms.ChoiceField(label=_("Product"), required=False, widget=forms.Select(attrs={"data-select": ""}))
    quantity = forms.IntegerField(
        label=_("Quantity"), required=False, min_value=1, max_value=999, widget=forms.NumberInput
    )

    def __init__(self, *args: Any, choices: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["variant"].choices = choices  # type: ignore[attr-defined]


class AliasForm(forms.Form):
    variant = forms.ChoiceField(label=_("Variant"))
    text = forms.CharField(label=_("Another name"), max_length=200)

    def __init__(self, *args: Any, variants: Sequence[Variant], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(variant.pk), variant.options or variant.sku) for variant in variants]
        self.fields["variant"].choices = choices  # type: ignore[attr-defined]


def formset_class(form: type[RowForm], *, extra: int) -> type[forms.BaseFormSet]:
    """A form set of rows with so many empty ones."""
    return forms.formset_factory(form, extra=extra, max_num=MAX_ROWS, absolute_max=MAX_ROWS)


def variants_of(formset: forms.BaseFormSet) -> list[VariantData]:
    """The rows of a valid form set."""
    return [
        VariantData(
            sku=row.cleaned_data["sku"],
            color=row.cleaned_data["color"],
            size=row.cleaned_data["size"],
            price_amount=row.cleaned_data["price_amount"],
            is_active=row.cleaned_data["is_active"],
            variant_id=row.cleaned_data["variant_id"],
        )
        for row in filled(formset)
    ]


def parts_of(formset: forms.BaseFormSet) -> list[tuple[int, int]]:
    """The rows of a valid form set as (variant id, quantity)."""
    return [(int(row.cleaned_data["variant"]), row.cleaned_data["quantity"]) for row in filled(formset)]
