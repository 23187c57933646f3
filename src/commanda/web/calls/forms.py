"""The one form of the calls page: what is seen on it is what every button saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.confirmation.models import Call
from commanda.customers.selectors import city_called
from commanda.kernel.actor import Actor
from commanda.orders.models import Order, OrderLine
from commanda.orders.services.drafts import LineDraft
from commanda.web.fields import PhoneField, VariantField, variants_for

EDITABLE = ("customer_name", "phone_e164", "city", "address", "note")
DATETIME = "%Y-%m-%dT%H:%M"


class WorkForm(forms.Form):
    """Client, quantities, one product to add, and what is said about the call."""

    customer_name = forms.CharField(label=_("Client"), max_length=200, required=False)
    phone_e164 = PhoneField(label=_("Phone"))
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    address = forms.CharField(label=_("Address"), max_length=500, required=False)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)
    add_variant = VariantField(label=_("Add a product"), required=False)
    add_quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=999, initial=1, required=False)
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
        kwargs["initial"] = _initial(order) | (said or {})
        super().__init__(*args, **kwargs)
        self.fields["add_variant"].queryset = variants_for(actor)  # type: ignore[attr-defined]
        for line in self.lines:
            self.fields[_quantity(line)] = forms.IntegerField(
                label=_("Quantity"), min_value=0, max_value=999, initial=line.quantity, required=False
            )
        for name in ("customer_name", "city", "address", "note", "comment"):
            self.fields[name].widget.attrs["dir"] = "auto"
        self.fields["city"].widget.attrs |= {
            "list": "cities",
            "autocomplete": "off",
            "data-key": "e",
            "data-key-label": str(_("City")),
        }
        if not actor.can(Perm.ORDERS_EDIT):
            for name in (*EDITABLE, "add_variant", "add_quantity", *map(_quantity, self.lines)):
                self.fields[name].disabled = True

    def rows(self) -> list[tuple[OrderLine, forms.BoundField]]:
        """The order's lines, each with its quantity field."""
        return [(line, self[_quantity(line)]) for line in self.lines]

    def edited_fields(self) -> dict[str, Any]:
        """What `edit_order` should change. A city that is not in the table stays as it was said."""
        changed = {name: self.cleaned_data[name] for name in EDITABLE if name in self.changed_data}
        text = self.cleaned_data["city"].strip()
        if changed.pop("city", None) is not None or (text and self.order.city_id is None):
            changed |= {"city_id": city_called(text) if text else None, "city_text": text}
        return {name: value for name, value in changed.items() if value != getattr(self.order, name)}

    def edited_lines(self) -> list[LineDraft] | None:
        """The lines as they should be, or None when they stay. Zero takes a line out; what is added is an upsell.

        A line the form did not know, because somebody else changed the order meanwhile, keeps its quantity.
        """
        added = self.cleaned_data.get("add_variant")
        if not added and all(self._wanted(line) == line.quantity for line in self.lines):
            return None
        drafts = [
            LineDraft(line.variant_id, quantity, line.unit_price_amount, line.is_upsell)
            for line in self.lines
            if (quantity := self._wanted(line))
        ]
        if added:
            drafts.append(LineDraft(added.pk, self.cleaned_data.get("add_quantity") or 1, is_upsell=True))
        return drafts

    def _wanted(self, line: OrderLine) -> int:
        quantity: int | None = self.cleaned_data.get(_quantity(line))
        return line.quantity if quantity is None else quantity


def _quantity(line: OrderLine) -> str:
    return f"qty_{line.pk}"


def _initial(order: Order) -> dict[str, Any]:
    return {
        "customer_name": order.customer_name,
        "phone_e164": order.phone_e164,
        "city": str(order.city) if order.city else order.city_text,
        "address": order.address,
        "note": order.note,
    }
