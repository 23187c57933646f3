"""From what clients write to what the services take: phones, cities, SKUs, references."""

import re
import time
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.known_sources import order_platform
from commanda.api.orders.schemas import LineIn, LinesIn, OrderIn, OrderPatch
from commanda.catalog.models import Variant
from commanda.catalog.selectors import variants_of_skus
from commanda.customers.selectors import city_called
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.phone import PhoneProblem, parse_phone
from commanda.kernel.prepared import Param, prepared, reach_of
from commanda.orders.models import Order
from commanda.orders.selectors import stores
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.orders.utm import UTM_NAMES

REFERENCE = re.compile(r"^[A-Z]{1,4}-[0-9]{1,12}$")
STORES_SECONDS = 60
_stores: list[tuple[float, dict[str, int]]] = []
PHONE_TEXTS: dict[str, Any] = {
    "empty": _("The phone number is missing."),
    "too_short": _("Digits are missing. A Moroccan number has ten, like 06 12 34 56 78."),
    "too_long": _("There are too many digits. A Moroccan number has ten, like 06 12 34 56 78."),
    "two_numbers": _("There are two numbers here. Put the second one into the field for the second phone."),
}
PHONE_INVALID = _("This is not a Moroccan phone number. It should look like 06 12 34 56 78.")


def phone_of(text: str, field: str) -> str:
    """E.164 of a phone in any Moroccan form. Raises `Invalid` with the code `phone_<why>`."""
    try:
        return parse_phone(text).e164
    except PhoneProblem as problem:
        text = PHONE_TEXTS.get(problem.code, PHONE_INVALID)
        raise Invalid(text, field=field, code=f"phone_{problem.code}") from problem


def pk_of(actor: Actor, reference: str) -> tuple[int, str]:
    """Id and reference of an order the actor may see. Raises `NotFound`."""
    wanted = reference.upper()
    if REFERENCE.match(wanted):
        found = _by_reference(reach_of(actor)).first(reference=wanted, me=actor.user_id)
        if found is not None:
            return found
    raise NotFound


@prepared
def _by_reference(reach: Actor) -> QuerySet[Order, tuple[int, str]]:
    orders = Order.objects.visible_to(reach).filter(reference=Param("reference")).order_by()
    return orders.values_list("pk", "reference")


def line_drafts(lines: Sequence[LineIn], skus: dict[str, Variant], path: str) -> tuple[LineDraft, ...]:
    """Lines with their variants. Raises `Invalid` at `path` for an unknown SKU or a line that names none or two."""
    drafts = []
    for position, line in enumerate(lines):
        if bool(line.sku) == (line.variant_id is not None):
            raise Invalid(
                _("Name the product by sku or by variant_id."), field=f"{path}.{position}", code="sku_or_variant_id"
            )
        if line.variant_id is None and line.sku not in skus:
            raise Invalid(
                _("There is no product with the SKU %(sku)s."),
                field=f"{path}.{position}.sku",
                code="unknown_product",
                sku=line.sku,
            )
        variant_id = skus[line.sku].pk if line.variant_id is None else line.variant_id
        drafts.append(LineDraft(variant_id, line.quantity, line.unit_price_amount, line.is_upsell))
    return tuple(drafts)


def skus_in(*orders: OrderIn | LinesIn) -> dict[str, Variant]:
    """The variants of the SKUs named in the orders' lines, one query or none."""
    return variants_of_skus({line.sku for order in orders for line in order.lines if line.sku})


def order_draft(actor: Actor, order: OrderIn, skus: dict[str, Variant], path: str = "") -> OrderDraft:
    """A draft for `create_order`. `path` goes before the field names of errors."""
    if order.discount_amount:
        actor.require(Perm.ORDERS_PRICE)
    return OrderDraft(
        phone_e164=phone_of(order.phone, f"{path}phone"),
        phone2_e164=phone_of(order.phone2, f"{path}phone2") if order.phone2 else "",
        lines=line_drafts(order.lines, skus, f"{path}lines"),
        store_id=_store_id(order.store, f"{path}store"),
        channel=Order.Channel.API,
        customer_name=order.customer_name,
        city_id=city_called(order.city) if order.city else None,
        city_text=order.city,
        address=order.address,
        note=order.note,
        platform=order_platform(order.platform, order.utm_source),
        campaign=order.campaign,
        utm={name: getattr(order, f"utm_{name}") for name in UTM_NAMES},
        tags=tuple(dict.fromkeys(tag for tag in order.tags if tag)),
        discount_amount=order.discount_amount,
        delivery_amount=order.delivery_amount,
        promised_on=order.promised_on,
    )


def _store_id(prefix: str, field: str) -> int:
    """The store with this prefix, the first one for none; the stores are read at most once a minute."""
    now_s = time.monotonic()
    if not _stores or now_s - _stores[0][0] > STORES_SECONDS:
        by_prefix: dict[str, int] = {}
        for store in stores().order_by("pk"):
            by_prefix.setdefault(store.prefix, store.pk)
        _stores[:] = [(now_s, by_prefix)]
    known = _stores[0][1]
    found = known.get(prefix.upper()) if prefix else next(iter(known.values()), None)
    if found is None:
        raise Invalid(_("There is no such store."), field=field, code="unknown_store")
    return found


def changed_fields(patch: OrderPatch) -> dict[str, Any]:
    """The fields of `edit_order` that a patch names; null leaves a text as it is, but clears the promised day."""
    sent = patch.model_dump(exclude_unset=True, exclude={"tags", "phone", "phone2", "city"})
    fields = {name: value for name, value in sent.items() if value is not None or name == "promised_on"}
    if patch.phone is not None:
        fields["phone_e164"] = phone_of(patch.phone, "phone")
    if patch.phone2 is not None:
        fields["phone2_e164"] = phone_of(patch.phone2, "phone2") if patch.phone2 else ""
    if patch.city is not None:
        fields["city_id"] = city_called(patch.city) if patch.city else None
        fields["city_text"] = patch.city
    return fields
