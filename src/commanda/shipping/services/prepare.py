"""Prepare parcels: choose the carrier and note the tracking number, before anything leaves the house."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import CommandaError, Conflict, Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_order, lock_orders
from commanda.orders.models import Order
from commanda.orders.stages import Stage
from commanda.shipping.models import Parcel
from commanda.shipping.services.plan import ParcelResult, plan_parcels, usable_carrier, write_plan


def prepare_parcels(
    *,
    actor: Actor,
    order_ids: Sequence[int],
    carrier_id: int,
    tracking: Mapping[int, str] | None = None,
) -> list[ParcelResult]:
    """Give confirmed orders their parcel, ready to ship; the cash to collect is the order's total.

    An order that has one already keeps it, with this carrier and number. Each order succeeds or fails on its
    own, in the order given: not visible, not confirmed, or its number is unreadable or taken. Locks the orders.
    The number of statements does not grow with the orders. Raises `NotAllowed`, and `Invalid` for the carrier.
    """
    actor.require(Perm.SHIPPING_SHIP)
    at = now()
    with unit_of_work():
        carrier = usable_carrier(carrier_id)
        orders = {order.pk: order for order in lock_orders(actor, order_ids)}
        errors = refusals(orders, order_ids)
        plan = plan_parcels([order for pk, order in orders.items() if pk not in errors], carrier, tracking or {}, at)
        write_plan(actor, plan, list(plan.parcels), Stage.CONFIRMED, at)
    errors.update(plan.errors)
    return results(order_ids, orders, plan.parcels, errors)


def set_tracking(*, actor: Actor, order_id: int, tracking_number: str, carrier_id: int | None = None) -> Parcel:
    """Note or change the tracking number of the order's parcel; with `carrier_id`, its carrier too.

    A confirmed or shipped order without a parcel gets one (then the carrier is needed). Locks the order.
    Raises `NotFound`, `Conflict` (the number is taken, or the order has not come so far or has ended) and `Invalid`.
    """
    actor.require(Perm.SHIPPING_SHIP)
    at = now()
    with unit_of_work():
        order = lock_order(actor, order_id)
        if order.stage not in {Stage.CONFIRMED, Stage.SHIPPED}:
            raise Conflict(
                _("Only a confirmed order, or one on the road, takes a tracking number."), code="not_on_the_way"
            )
        if carrier_id is None:
            carrier_id = Parcel.objects.filter(order=order, is_current=True).values_list("carrier", flat=True).first()
        if carrier_id is None:
            raise Invalid(_("Choose a carrier from the list."), field="carrier", code="unknown_carrier")
        plan = plan_parcels([order], usable_carrier(carrier_id), {order.pk: tracking_number}, at)
        if order.pk in plan.errors:
            raise plan.errors[order.pk]
        write_plan(actor, plan, [order.pk], Stage(order.stage), at)
    return plan.parcels[order.pk]


def refusals(orders: Mapping[int, Order], order_ids: Sequence[int]) -> dict[int, CommandaError]:
    """Why some of the orders cannot be handed to a carrier: unknown, or not confirmed."""
    errors: dict[int, CommandaError] = {pk: NotFound() for pk in order_ids if pk not in orders}
    for pk, order in orders.items():
        if order.stage == Stage.SHIPPED:
            errors[pk] = Conflict(_("This order has been shipped already."), code="already_shipped")
        elif order.stage != Stage.CONFIRMED:
            errors[pk] = Conflict(_("This order is not confirmed."), code="not_confirmed")
    return errors


def results(
    order_ids: Sequence[int],
    orders: Mapping[int, Order],
    parcels: Mapping[int, Parcel],
    errors: Mapping[int, CommandaError],
) -> list[ParcelResult]:
    """One result per order id given, a repeated one once."""
    return [
        ParcelResult(
            order_id=pk,
            reference=orders[pk].reference if pk in orders else "",
            parcel_id=parcels[pk].pk if pk in parcels and pk not in errors else None,
            error=errors.get(pk),
        )
        for pk in dict.fromkeys(order_ids)
    ]
