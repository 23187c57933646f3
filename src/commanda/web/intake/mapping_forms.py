"""The settings beside the columns of a mapping: usual values, how product cells are written, how to read numbers."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.intake.mapping import DEFAULT_FIELDS, Mapping
from commanda.intake.models import Source
from commanda.intake.product_format import MAX_PARTS, ProductFormat, make_format
from commanda.kernel.errors import CommandaError
from commanda.orders import selectors as order_selectors
from commanda.orders.models import Order

SEPARATOR_LABELS: Final[dict[str, Any]] = {
    "slash": _("Slash ( / )"),
    "dash": _("Dash between spaces ( - )"),
    "pipe": _("Bar ( | )"),
    "comma": _("Comma ( , )"),
    "semicolon": _("Semicolon ( ; )"),
    "newline": _("New line"),
    "plus": _("Plus ( + )"),
}
PART_LABELS: Final[dict[str, Any]] = {
    "product": _("Product"),
    "offer": _("Offer (2 pcs at 199 DH)"),
    "quantity": _("Quantity"),
    "price": _("Price"),
    "size": _("Size"),
    "color": _("Colour"),
    "sku": _("SKU"),
    "ignore": _("Not needed"),
}
_PREFIX: Final = "default_"


def _options(labels: dict[str, Any], names: tuple[str, ...], empty: Any) -> list[tuple[str, Any]]:
    return [("", empty), *((name, labels[name]) for name in names)]


class MappingForm(forms.Form):
    """Settings of a mapping, each with its own name in the form."""

    has_header = forms.BooleanField(label=_("The columns have names above them"), required=False)
    centimes = forms.BooleanField(label=_("Prices are in centimes (19900 is 199 DH)"), required=False)
    month_first = forms.BooleanField(label=_("Dates have the month first (12/31/2026)"), required=False)
    default_store = forms.ChoiceField(label=_("Store"), required=False)
    default_channel = forms.ChoiceField(label=_("Channel"), required=False)
    default_platform = forms.CharField(label=_("Platform"), required=False, max_length=30)
    default_campaign = forms.CharField(label=_("Campaign"), required=False, max_length=120)
    default_product = forms.CharField(
        label=_("Product"), required=False, max_length=300, help_text=_("When the source sells one product only.")
    )
    default_quantity = forms.CharField(label=_("Quantity"), required=False, max_length=20)
    default_unit_price = forms.CharField(label=_("Price of one piece"), required=False, max_length=20)
    default_city = forms.CharField(label=_("City"), required=False, max_length=100)
    default_note = forms.CharField(label=_("Note"), required=False, max_length=300)
    format_separator = forms.ChoiceField(
        label=_("Between the parts"),
        required=False,
        choices=_options(
            SEPARATOR_LABELS, ("slash", "dash", "pipe", "comma", "semicolon", "newline"), _("Read by itself")
        ),
    )
    format_between = forms.ChoiceField(
        label=_("Between two products"),
        required=False,
        choices=_options(SEPARATOR_LABELS, ("plus", "newline", "semicolon", "pipe", "comma"), _("Read by itself")),
    )

    def __init__(self, *args: Any, source: Source, mapping: Mapping, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(mapping, source)
        super().__init__(*args, **kwargs)
        stores = [(store.name, store.name) for store in order_selectors.stores()]
        self._choose("default_store", [("", _("That of the source: %(name)s") % {"name": source.store}), *stores])
        self._choose("default_channel", [("", _("By the kind of source")), *Order.Channel.choices])
        for number in range(MAX_PARTS):
            self.fields[f"part_{number}"] = forms.ChoiceField(
                label=_("Part %(number)s") % {"number": number + 1},
                required=False,
                choices=_options(PART_LABELS, tuple(PART_LABELS), "–"),
                initial=self.initial.get(f"part_{number}", ""),
            )
        for name, listed in (("default_product", "known-products"), ("default_city", "known-cities")):
            self.fields[name].widget.attrs.update({"list": listed, "autocomplete": "off"})
        for name in ("product", "city", "note", "campaign", "platform"):
            self.fields[_PREFIX + name].widget.attrs["dir"] = "auto"
        for name in ("quantity", "unit_price"):
            self.fields[_PREFIX + name].widget.attrs["inputmode"] = "decimal"

    def choices(self) -> dict[str, Any]:
        """What `choices.Choices` takes, as far as it was filled in rightly."""
        data = self.cleaned_data
        return {
            "has_header": data.get("has_header", False),
            "centimes": data.get("centimes", False),
            "month_first": data.get("month_first", False),
            "defaults": {name: data.get(_PREFIX + name, "") for name in DEFAULT_FIELDS},
            "product_format": self._product_format(),
        }

    def take_error(self, error: CommandaError) -> None:
        """Put an error of the services beside its field, or above the form."""
        name = f"{_PREFIX}{error.field}"
        self.add_error(name if name in self.fields else None, str(error))

    def values_fields(self) -> list[forms.BoundField]:
        return [self[_PREFIX + name] for name in DEFAULT_FIELDS]

    def part_fields(self) -> list[forms.BoundField]:
        return [self[f"part_{number}"] for number in range(MAX_PARTS)]

    def option_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("has_header", "centimes", "month_first")]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _product_format(self) -> ProductFormat:
        data = self.cleaned_data
        parts = [data.get(f"part_{number}", "") for number in range(MAX_PARTS)]
        while parts and not parts[-1]:
            parts.pop()
        separator = data.get("format_separator", "")
        # A gap in the middle is a part nobody needs.
        chosen = [part or "ignore" for part in parts] if separator else []
        return make_format(separator, chosen, data.get("format_between", ""))


def _initial(mapping: Mapping, source: Source) -> dict[str, Any]:
    form = mapping.product_format
    values = {_PREFIX + name: mapping.defaults.get(name, "") for name in DEFAULT_FIELDS}
    values[_PREFIX + "channel"] = values[_PREFIX + "channel"] or source.options.get("channel", "")
    parts = form.parts or ("product", "size", "color")
    return {
        **values,
        **{f"part_{number}": part for number, part in enumerate(parts)},
        "has_header": mapping.has_header,
        "centimes": mapping.centimes,
        "month_first": mapping.month_first,
        "format_separator": form.separator,
        "format_between": form.between,
    }
