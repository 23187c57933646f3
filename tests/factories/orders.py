from itertools import count
from typing import Any

from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor, system_actor
from commanda.orders.models import Order, Store
from commanda.orders.services.create import create_order
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.orders.services.transition import transition_order

_phones = count(612_000_000)
PATHS = {
    "new": [],
    "to_confirm": ["to_confirm"],
    "confirmed": ["confirmed"],
    "shipped": ["confirmed", "shipped"],
    "delivered": ["confirmed", "shipped", "delivered"],
    "returned": ["confirmed", "shipped", "returned"],
    "cancelled": ["cancelled"],
    "duplicate": ["duplicate"],
}


def order_draft(*lines: tuple[Variant, int] | Variant, **fields: Any) -> OrderDraft:
    """A draft for `lines` given as variants or (variant, quantity)."""
    pairs = [line if isinstance(line, tuple) else (line, 1) for line in lines]
    fields.setdefault("phone_e164", f"+212{next(_phones)}")
    fields.setdefault("customer_name", "Salma Exemple")
    fields.setdefault("store_id", Store.objects.values_list("pk", flat=True).first())
    fields.setdefault("channel", "back_office")
    fields.setdefault("address", "12, rue des Exemples")
    return OrderDraft(lines=tuple(LineDraft(variant.pk, quantity) for variant, quantity in pairs), **fields)


def make_order(
    *lines: tuple[Variant, int] | Variant, state: str = "new", actor: Actor | None = None, **fields: Any
) -> Order:
    """An order brought to `state` by the real transitions."""
    actor = actor or system_actor("test")
    order = create_order(actor=actor, draft=order_draft(*lines, **fields))
    for step in PATHS[state]:
        transition_order(actor=system_actor("test"), order_id=order.pk, to=step, reason_text="essai")
    order.refresh_from_db()
    return order
