"""Change what was ordered, for whom and where to, as long as nothing has left the house."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.customers.services.upsert import ClientData, upsert_customers
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.text import fold
from commanda.kernel.transaction import unit_of_work
from commanda.orders.demand import Demand, demands_of
from commanda.orders.locks import lock_order
from commanda.orders.models import Order, OrderLine, OrderType
from commanda.orders.services.create import order_total
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.entry_prices import agree_prices
from commanda.orders.services.lines import PricedLine, insert_lines, price_lines
from commanda.orders.stages import Stage
from commanda.stock.buckets import Delta
from commanda.stock.models import StockMovement
from commanda.stock.services.move_units import UnitMove, move_units

FIELDS = (
    "customer_name",
    "phone_e164",
    "phone2_e164",
    "city_id",
    "city_text",
    "address",
    "note",
    "discount_amount",
    "delivery_amount",
    "promised_on",
)


def edit_order(
    *,
    actor: Actor,
    order_id: int,
    fields: dict[str, Any] | None = None,
    lines: Sequence[LineDraft] | None = None,
    agreed: frozenset[tuple[int, Decimal]] = frozenset(),
    price_remark: str | None = None,
) -> Order:
    """Change fields and replace lines (None: leave them). A reservation moves by the difference.

    `agreed` are (variant, price) pairs that the client has been promised already, besides those of the order.
    `price_remark`, where a page asks for one, lets prices follow the order type's rule (`agree_prices`).
    Locks the order, then the levels. Raises `Conflict` once shipped, `OutOfStock` when more is wanted than
    there is, and what `price_lines` raises; nothing is changed then.
    """
    actor.require(Perm.ORDERS_EDIT)
    unknown = set(fields or {}) - set(FIELDS)
    if unknown:
        raise Invalid(_("Unknown field: %(name)s"), field=min(unknown), name=min(unknown))
    with unit_of_work():
        order = lock_order(actor, order_id)
        if not order.is_editable:
            raise Conflict(
                _("This order has left the house. It can no longer be changed; add a comment instead."),
                code="order_locked",
            )
        changes = _set_fields(actor, order, fields or {})
        if lines is not None:
            if price_remark is not None:
                agreed |= _agree(actor, order, lines, agreed, price_remark)
            changes.update(_replace_lines(actor, order, lines, agreed))
        elif {"discount_amount", "delivery_amount"} & set(changes):
            order.total_amount = order_total(_as_priced(order), order.discount_amount, order.delivery_amount)
        if changes:
            order.updated_at = now()
            order.save()
            record(
                actor=actor,
                name="order.edited",
                subject="order",
                subject_id=order.pk,
                changes=changes,
                reason=(price_remark or "").strip(),
            )
    return order


def _agree(
    actor: Actor, order: Order, lines: Sequence[LineDraft], agreed: frozenset[tuple[int, Decimal]], remark: str
) -> frozenset[tuple[int, Decimal]]:
    """The new prices that may stand. An order that came from outside follows the default type's rule."""
    if actor.can(Perm.ORDERS_PRICE):
        return frozenset()
    known = agreed | {(line.variant_id, line.unit_price_amount) for line in order.lines.all()}
    fresh = [line for line in lines if (line.variant_id, line.unit_price_amount) not in known]
    order_type = order.order_type or OrderType.objects.filter(is_default=True, is_active=True).first()
    return agree_prices(actor=actor, order_type=order_type, lines=fresh, remark=remark)[0]


def _set_fields(actor: Actor, order: Order, fields: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, value in fields.items():
        old = getattr(order, name)
        if old != value:
            changes[name] = [None if old is None else str(old), None if value is None else str(value)]
            setattr(order, name, value)
    if "discount_amount" in changes:
        actor.require(Perm.ORDERS_PRICE)
    if {"customer_name", "phone_e164", "phone2_e164", "city_id", "address"} & set(changes):
        client = ClientData(order.phone_e164, order.customer_name, order.phone2_e164, order.city_id, order.address)
        order.customer_id = upsert_customers(actor=actor, clients=[client])[order.phone_e164]
        order.name_folded = fold(order.customer_name)[:200]
    return changes


def _as_priced(order: Order) -> list[PricedLine]:
    return [
        PricedLine(line.variant_id, line.label, line.sku, line.quantity, line.unit_price_amount, line.is_upsell)
        for line in order.lines.all()
    ]


def _replace_lines(
    actor: Actor, order: Order, lines: Sequence[LineDraft], agreed: frozenset[tuple[int, Decimal]]
) -> dict[str, Any]:
    before = _as_priced(order)
    standing = frozenset((line.variant_id, line.unit_price_amount) for line in before)
    priced = price_lines(actor, [lines], agreed=standing | agreed)[0]
    old_demand = demands_of([order.pk])
    OrderLine.objects.filter(order_id=order.pk).delete()
    insert_lines([(order.pk, priced)])
    move_units(actor=actor, moves=_differences(order, old_demand, demands_of([order.pk])))
    old_total = order.total_amount
    order.total_amount = order_total(priced, order.discount_amount, order.delivery_amount)
    return {
        "lines": [[_describe(line) for line in before], [_describe(line) for line in priced]],
        "total_amount": [str(old_total), str(order.total_amount)],
    }


def _differences(order: Order, old: list[Demand], new: list[Demand]) -> list[UnitMove]:
    stage = Stage(order.stage)
    sums: dict[int, Delta] = {}
    for demand in new:
        sums[demand.variant_id] = sums.get(demand.variant_id, Delta()) + demand.standing(stage)
    for demand in old:
        sums[demand.variant_id] = sums.get(demand.variant_id, Delta()) - demand.standing(stage)
    return [
        UnitMove(variant_id, delta, StockMovement.Kind.EDIT, order.pk, note=stage) for variant_id, delta in sums.items()
    ]


def _describe(line: PricedLine) -> str:
    return f"{line.quantity} × {line.sku} @ {line.unit_price_amount}"
