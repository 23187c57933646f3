"""The order form (client, delivery, lines) and the small forms of the order page."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.orders import selectors
from commanda.orders.models import Order, Store
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.web.fields import CityField, PhoneField, VariantField, variants_for

ENTRY_CHANNELS = [Order.Channel.CALL, Order.Channel.WHATSAPP, Order.Channel.BACK_OFFICE, Order.Channel.WEB_FORM]


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=10, decimal_places=2, min_value=Decimal(0), required=False)


class OrderForm(forms.Form):
    """Who ordered and where it goes."""

    phone_e164 = PhoneField(label=_("Phone"))
    customer_name = forms.CharField(label=_("Client"), max_length=200, required=False)
    phone2_e164 = PhoneField(label=_("Second phone"), required=False)
    city = CityField(label=_("City"), required=False)
    address = forms.CharField(
        label=_("Address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )
    note = forms.CharField(
        label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )
    channel = forms.ChoiceField(
        label=_("How it came"), choices=[(channel.value, channel.label) for channel in ENTRY_CHANNELS]
    )
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none(), empty_label=None)
    delivery_amount = _amount(_("Delivery charged"))
    discount_amount = _amount(_("Discount"))
    promised_on = forms.DateField(
        label=_("Promised for"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, actor: Actor, order: Order | None = None, **kwargs: Any) -> None:
        if order is not None:
            kwargs.setdefault("initial", _initial(order))
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = selectors.stores()  # type: ignore[attr-defined]
        self.fields["customer_name"].widget.attrs["dir"] = "auto"
        if order is not None:
            del self.fields["channel"], self.fields["store"]
        if not actor.can(Perm.ORDERS_PRICE):
            del self.fields["discount_amount"]

    def edited(self) -> dict[str, Any]:
        """What `edit_order` takes."""
        data = self.cleaned_data
        fields = {
            name: data[name]
            for name in ("phone_e164", "customer_name", "phone2_e164", "address", "note", "promised_on")
        }
        fields["city_id"] = data["city"].pk if data["city"] else None
        fields["delivery_amount"] = data["delivery_amount"] or Decimal(0)
        if "discount_amount" in data:
            fields["discount_amount"] = data["discount_amount"] or Decimal(0)
        return fields

    def draft(self, actor: Actor, lines: list[LineDraft]) -> OrderDraft:
        """What `create_order` takes. A person who works orders keeps the one they entered."""
        is_own = actor.can(Perm.CALLS_LOG) and not actor.can(Perm.ORDERS_VIEW_ALL)
        return OrderDraft(
            lines=tuple(lines),
            store_id=self.cleaned_data["store"].pk,
            channel=self.cleaned_data["channel"],
            assignee_id=actor.user_id if is_own else None,
            **self.edited(),
        )


def _initial(order: Order) -> dict[str, Any]:
    names = ("phone_e164", "customer_name", "phone2_e164", "address", "note", "promised_on")
    amounts = {"delivery_amount": order.delivery_amount, "discount_amount": order.discount_amount}
    return {name: getattr(order, name) for name in names} | {"city": order.city_id} | amounts


class LineForm(forms.Form):
    """One product of the order."""

    variant = VariantField(label=_("Product"), required=False)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=999, initial=1, required=False)
    unit_price_amount = _amount(_("Unit price"))
    is_upsell = forms.BooleanField(label=_("Upsell"), required=False)

    def __init__(self, *args: Any, variants: Any, may_price: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["variant"].queryset = variants  # type: ignore[attr-defined]
        if not may_price:
            self.fields["unit_price_amount"].disabled = True
        self.fields["quantity"].widget.attrs["inputmode"] = "numeric"

    def draft(self) -> LineDraft | None:
        """The line, or None for a row left empty."""
        data = self.cleaned_data
        if not data.get("variant"):
            return None
        return LineDraft(
            data["variant"].pk, data["quantity"] or 1, data["unit_price_amount"], is_upsell=bool(data["is_upsell"])
        )


class BaseLines(forms.BaseFormSet):
    """The lines of an order; empty rows are ignored."""

    def drafts(self) -> list[LineDraft]:
        kept = [form for form in self.forms if form not in self.deleted_forms]
        return [draft for draft in (form.draft() for form in kept) if draft is not None]


def line_formset(actor: Actor, data: Any = None, order: Order | None = None) -> BaseLines:
    """The formset of lines; choices are read once for all rows."""
    lines = list(order.lines.all()) if order else []
    factory = forms.formset_factory(LineForm, formset=BaseLines, extra=1, can_delete=True, max_num=50, absolute_max=50)
    initial = [
        {
            "variant": line.variant_id,
            "quantity": line.quantity,
            "unit_price_amount": line.unit_price_amount,
            "is_upsell": line.is_upsell,
        }
        for line in lines
    ]
    variants = variants_for(actor, [line.variant_id for line in lines])
    variants._fetch_all()
    may_price = actor.can(Perm.ORDERS_PRICE)
    formset = factory(data, initial=initial, prefix="lines", form_kwargs={"variants": variants, "may_price": may_price})
    return cast(BaseLines, formset)


class MoveForm(forms.Form):
    """Move an order to another state."""

    to = forms.SlugField()
    expected = forms.SlugField(required=False)
    reason = forms.CharField(required=False, max_length=40)
    reason_text = forms.CharField(required=False, max_length=300)


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Comment"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto", "data-key": "c", "data-key-label": _("Comment")}),
    )


class TagsForm(forms.Form):
    tags = forms.CharField(
        label=_("Tags"),
        max_length=400,
        required=False,
        help_text=_("Separated by commas."),
        widget=forms.TextInput(attrs={"aria-label": _("Tags"), "dir": "auto"}),
    )

    def clean_tags(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]
