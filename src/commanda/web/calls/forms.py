"""The one form of the calls page: what is seen on it is what every button saves."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.catalog.selectors import sellable_of
from commanda.confirmation.models import Call
from commanda.customers.selectors import city_called
from commanda.kernel.actor import Actor
from commanda.orders.models import Order, OrderLine
from commanda.orders.services.rework import Changes, LineChange
from commanda.web.calls.lines import LineRow
from commanda.web.fields import PhoneField, VariantField, variants_for
from commanda.web.numbers import number_or_none
from commanda.web.products.forms import AmountField

EDITABLE = ("customer_name", "phone_e164", "city", "address", "note")
DATETIME = "%Y-%m-%dT%H:%M"


class WorkForm(forms.Form):
    """Client, quantities, variants, prices, one product to add, and what is said about the call."""

    customer_name = forms.CharField(label=_("Client"), max_length=200, required=False)
    phone_e164 = PhoneField(label=_("Phone"))
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    address = forms.CharField(label=_("Address"), max_length=500, required=False)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)
    add_variant = VariantField(label=_("Add a product"), required=False)
    add_quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=999, initial=1, required=False)
    price_remark = forms.CharField(label=_("Why another price?"), max_length=300, required=False)
    force_reason = forms.CharField(label=_("Confirm all the same, because"), max_length=300, required=False)
    comment = forms.CharField(label=_("Comment on the call"), max_length=1000, required=False)
    medium = forms.ChoiceField(
        label=_("By"), choices=Call.Medium.choices, initial=Call.Medium.PHONE, widget=forms.RadioSelect, required=False
    )
    callback_at = forms.DateTimeField(
        label=_("Call back at"),
        required=False,
        input_formats=[DATETIME],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=DATETIME),
    )

    def __init__(
        self, *args: Any, actor: Actor, order: Order, said: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """`said` is what was typed about the call before the order was saved and shown again."""
        self.lines: list[OrderLine] = list(order.lines.all())
        self.order = order
        self.may_edit = actor.can(Perm.ORDERS_EDIT)
        kwargs["initial"] = _initial(order) | (said or {})
        super().__init__(*args, **kwargs)
        self._choose_products(actor)
        self._add_lines(actor)
        for name in ("customer_name", "city", "address", "note", "comment", "price_remark", "force_reason"):
            self.fields[name].widget.attrs["dir"] = "auto"
        self.fields["city"].widget.attrs |= {
            "list": "cities",
            "autocomplete": "off",
            "data-key": "e",
            "data-key-label": str(_("City and address")),
        }
        if not self.may_edit:
            for name in (
                *EDITABLE,
                "add_variant",
                "add_quantity",
                *(n for row in map(_names, self.lines) for n in row),
            ):
                self.fields[name].disabled = True

    def _choose_products(self, actor: Actor) -> None:
        """Found while typing: a list of all products would be most of the page."""
        field = self.fields["add_variant"]
        field.queryset = variants_for(actor)  # type: ignore[attr-defined]
        field.widget.choices = [("", _("Choose a product"))]
        chosen = number_or_none(self.data.get("add_variant"))
        if chosen is not None:
            known = field.queryset.filter(pk=chosen).first()  # type: ignore[attr-defined]
            field.widget.choices += [(chosen, str(known))] if known else []
        field.widget.attrs |= {"data-url": reverse("call_products"), "data-preload": ""}

    def _add_lines(self, actor: Actor) -> None:
        products = {line.variant.product_id for line in self.lines}
        siblings: dict[int, list[Variant]] = defaultdict(list)
        for variant in sellable_of(actor, products):
            siblings[variant.product_id].append(variant)
        for line in self.lines:
            quantity, other, price = _names(line)
            self.fields[quantity] = forms.IntegerField(
                label=_("Quantity"), min_value=0, max_value=999, initial=line.quantity, required=False
            )
            choices = [(str(pk), label) for pk, label in _variant_choices(line, siblings[line.variant.product_id])]
            self.fields[other] = forms.ChoiceField(
                label=_("Colour and size"), choices=choices, initial=str(line.variant_id), required=False
            )
            self.fields[price] = AmountField(label=_("Unit price"), initial=line.unit_price_amount, required=False)

    def rows(self) -> list[LineRow]:
        """The order's lines, each with its fields."""
        found = []
        for line in self.lines:
            quantity, other, price = _names(line)
            found.append(LineRow(line, self[quantity], self[other], self[price]))
        return found

    def edited_fields(self) -> dict[str, Any]:
        """What `rework_order` should change. A city that is not in the table stays as it was said."""
        changed = {name: self.cleaned_data[name] for name in EDITABLE if name in self.changed_data}
        text = self.cleaned_data["city"].strip()
        if changed.pop("city", None) is not None or (text and self.order.city_id is None):
            changed |= {"city_id": city_called(text) if text else None, "city_text": text}
        return {name: value for name, value in changed.items() if value != getattr(self.order, name)}

    def changes(self, offer_id: int | None = None) -> Changes:
        """What changes of the lines: zero takes a line out, what is more or new is an upsell."""
        if not self.may_edit:
            return Changes()
        lines = {line.pk: change for line in self.lines if (change := self._change(line)) != LineChange()}
        added = self.cleaned_data.get("add_variant")
        quantity = self.cleaned_data.get("add_quantity") or 1
        return Changes(lines, ((added.pk, quantity),) if added else (), offer_id)

    def _change(self, line: OrderLine) -> LineChange:
        quantity_name, variant_name, price_name = _names(line)
        quantity: int | None = self.cleaned_data.get(quantity_name)
        price: Decimal | None = self.cleaned_data.get(price_name)
        variant = self.cleaned_data.get(variant_name) or str(line.variant_id)
        return LineChange(
            None if quantity == line.quantity else quantity,
            None if variant == str(line.variant_id) else int(variant),
            None if price == line.unit_price_amount else price,
        )


def _names(line: OrderLine) -> tuple[str, str, str]:
    return f"qty_{line.pk}", f"variant_{line.pk}", f"price_{line.pk}"


def _variant_choices(line: OrderLine, siblings: Sequence[Variant]) -> list[tuple[int, str]]:
    own = [] if line.variant_id in {variant.pk for variant in siblings} else [(line.variant_id, line.label)]
    return own + [(variant.pk, variant.options or variant.sku) for variant in siblings]


def _initial(order: Order) -> dict[str, Any]:
    return {
        "customer_name": order.customer_name,
        "phone_e164": order.phone_e164,
        "city": str(order.city) if order.city else order.city_text,
        "address": order.address,
        "note": order.note,
    }
