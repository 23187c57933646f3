"""Form fields that several pages share."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Variant
from commanda.customers.models import City
from commanda.kernel.actor import Actor
from commanda.kernel.money import format_mad
from commanda.kernel.phone import PhoneProblem, format_phone, parse_phone

PHONE_TEXTS = {
    "empty": _("Type the phone number."),
    "too_short": _("Digits are missing. A Moroccan number has ten, like 06 12 34 56 78."),
    "too_long": _("There are too many digits. A Moroccan number has ten, like 06 12 34 56 78."),
    "two_numbers": _("There are two numbers here. Put the second one into the field for the second phone."),
}
PHONE_INVALID = _("This is not a Moroccan phone number. It should look like 06 12 34 56 78.")


class PhoneField(forms.CharField):
    """Any way of writing a Moroccan number; the value is E.164, or empty when not required."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "dir": "ltr", "autocomplete": "off", "inputmode": "tel"})
        super().__init__(**{"max_length": 60, "widget": widget, **options})

    def prepare_value(self, value: Any) -> Any:
        return format_phone(value) if isinstance(value, str) and value.startswith("+212") else value

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return parse_phone(text).e164
        except PhoneProblem as problem:
            raise ValidationError(PHONE_TEXTS.get(problem.code, PHONE_INVALID), code=problem.code) from problem


class CityField(forms.ModelChoiceField):
    """The cities that are delivered to, in the reader's language."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Select(attrs={"data-select": ""})
        cities = City.objects.filter(is_active=True)
        super().__init__(**{"queryset": cities, "widget": widget, "empty_label": _("Choose a city"), **options})

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name_fr} · {obj.name_ar}"


class VariantSelect(forms.Select):
    """Options carry the price and what is available, for the live total."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        variant = getattr(option["value"], "instance", None)
        if variant is not None:
            option["attrs"]["data-price"] = str(variant.price_amount)
        return option


class VariantField(forms.ModelChoiceField):
    """Something that can be ordered. Set the choices with `for_actor`."""

    def __init__(self, **options: Any) -> None:
        widget = VariantSelect(attrs={"data-select": ""})
        super().__init__(
            **{"queryset": Variant.objects.none(), "widget": widget, "empty_label": _("Choose a product"), **options}
        )

    def label_from_instance(self, obj: Any) -> str:
        level = getattr(obj, "level", None)
        parts = [obj.label, obj.sku, format_mad(obj.price_amount)]
        if level is not None:
            parts.append(gettext("stock %(number)s") % {"number": level.available})
        return " · ".join(parts)


def variants_for(actor: Actor, also: list[int] | None = None) -> QuerySet[Variant]:
    """What the actor may order, plus variants that stand in the order already."""
    sold = Variant.objects.visible_to(actor)
    rows = sold.sellable() | sold.filter(pk__in=also or [])
    return rows.select_related("product", "level").order_by("product__name", "id")
