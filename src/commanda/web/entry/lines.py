"""The items of an entry: chosen by search or several at once, with quantities and prices."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.catalog.selectors import sellable_variants
from commanda.kernel.actor import Actor
from commanda.orders.models import OrderType
from commanda.orders.services.drafts import LineDraft
from commanda.web.numbers import number_or_none, numbers_of

PREFIX = "lines"
MAX_LINES = 50
MAX_CHOICES = 40


class EntryLineForm(forms.Form):
    """One item. The variant was chosen by search; what it is called and costs stands beside it."""

    variant = forms.IntegerField(widget=forms.HiddenInput, required=False)
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=999, required=False)
    unit_price_amount = forms.DecimalField(
        label=_("Unit price"), max_digits=10, decimal_places=2, min_value=Decimal(0), required=False
    )

    def __init__(self, *args: Any, variants: Mapping[int, Variant], may_price: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._variants = variants
        self.may_price = may_price
        self.fields["quantity"].widget.attrs |= {"inputmode": "numeric", "dir": "ltr"}
        self.fields["unit_price_amount"].widget.attrs |= {"inputmode": "decimal", "dir": "ltr", "step": "0.01"}
        if not may_price:
            self.fields["unit_price_amount"].disabled = True

    @property
    def chosen(self) -> Variant | None:
        """The variant of the row, for its label and price."""
        return self._variants.get(number_or_none(str(self["variant"].value())) or 0)

    def clean_variant(self) -> Variant | None:
        if self.cleaned_data["variant"] and self.chosen is None:
            raise forms.ValidationError(_("This product does not exist or is no longer sold."))
        return self.chosen

    def draft(self) -> LineDraft | None:
        """The item, or None for a row left empty."""
        data = self.cleaned_data
        variant = data.get("variant")
        if variant is None:
            return None
        price = data.get("unit_price_amount") if self.may_price else None
        return LineDraft(variant.pk, data["quantity"] or 1, None if price == variant.price_amount else price)


class EntryLines(forms.BaseFormSet):
    """The items of an entry; removed and empty rows are ignored."""

    def drafts(self) -> list[LineDraft]:
        kept = [form for form in self.forms if form not in self.deleted_forms]
        return [draft for draft in (form.draft() for form in kept) if draft is not None]

    @property
    def shown(self) -> list[EntryLineForm]:
        """The rows with an item."""
        return [form for form in self.forms if form.chosen is not None]


def may_price(actor: Actor, order_type: OrderType | None) -> bool:
    """Whether prices can be typed at all; the service keeps to the limit."""
    rule = order_type.price_rule if order_type is not None else OrderType.PriceRule.FREE
    if rule == OrderType.PriceRule.FIXED:
        return False
    return rule == OrderType.PriceRule.REMARK or actor.can(Perm.ORDERS_PRICE)


def entry_lines(
    actor: Actor,
    *,
    data: Any = None,
    items: Iterable[Mapping[str, Any]] = (),
    order_type: OrderType | None = None,
    is_price_open: bool = True,
) -> EntryLines:
    """The formset: bound to what was sent, or showing `items` (variant, quantity, unit_price_amount)."""
    initial = [dict(item) for item in items]
    wanted = _ids_sent(data) if data is not None else [item["variant"] for item in initial]
    variants = sellable_variants(actor).in_bulk(numbers_of(map(str, wanted)))
    for item in initial:
        variant = variants.get(number_or_none(str(item["variant"])) or 0)
        if variant is not None and item.get("unit_price_amount") in (None, ""):
            item["unit_price_amount"] = variant.price_amount
    factory = forms.formset_factory(
        EntryLineForm, formset=EntryLines, extra=0, can_delete=True, max_num=MAX_LINES, absolute_max=MAX_LINES
    )
    kwargs = {"variants": variants, "may_price": is_price_open and may_price(actor, order_type)}
    return cast(EntryLines, factory(data, initial=initial, prefix=PREFIX, form_kwargs=kwargs))


def _ids_sent(data: Any) -> list[str]:
    return [data[name] for name in data if name.startswith(f"{PREFIX}-") and name.endswith("-variant")]


def items_sent(data: Any) -> list[dict[str, str]]:
    """What stands in the rows as it was sent, without those removed; rows chosen with `pick` are added."""
    found: dict[str, dict[str, str]] = {}
    total = number_or_none(data.get(f"{PREFIX}-TOTAL_FORMS")) or 0
    for number in range(min(total, MAX_LINES)):
        row = {name: data.get(f"{PREFIX}-{number}-{name}", "") for name in EntryLineForm.base_fields}
        if row["variant"] and not data.get(f"{PREFIX}-{number}-DELETE"):
            found.setdefault(row["variant"], row)
    for pk in data.getlist("pick"):
        found.setdefault(
            pk, {"variant": pk, "quantity": data.get(f"pick_qty-{pk}", "") or "1", "unit_price_amount": ""}
        )
    return list(found.values())[:MAX_LINES]


def choices(actor: Actor, q: str) -> list[Variant]:
    """What can be chosen, by part of name, SKU, colour and size."""
    return list(sellable_variants(actor, search=q)[:MAX_CHOICES])
