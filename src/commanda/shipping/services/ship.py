"""Hand orders over to a carrier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_orders
from commanda.orders.services.transition import transition_orders
from commanda.orders.stages import Stage
from commanda.orders.workflow import current_graph
from commanda.shipping.models import Manifest
from commanda.shipping.services.manifest import make_manifest
from commanda.shipping.services.plan import ParcelResult, plan_parcels, usable_carrier, write_plan
from commanda.shipping.services.prepare import refusals, results


@dataclass(frozen=True, slots=True)
class Shipment:
    """A result per order, and the manifest of those that left when one was asked for."""

    results: list[ParcelResult]
    manifest: Manifest | None = None

    @property
    def shipped(self) -> list[ParcelResult]:
        return [result for result in self.results if result.error is None]

    @property
    def refused(self) -> list[ParcelResult]:
        return [result for result in self.results if result.error is not None]


def ship_orders(
    *,
    actor: Actor,
    order_ids: Sequence[int],
    carrier_id: int,
    tracking: Mapping[int, str] | None = None,
    manifest: bool = False,
) -> Shipment:
    """Move confirmed orders to the first shipped state, each with its parcel handed over to the carrier.

    Each order succeeds or fails on its own; one that fails keeps its state and its parcel as they were.
    With `manifest` the parcels that left stand together on a new one. All in one transaction: locks the orders,
    then the stock levels, then the parcels. The number of statements does not grow with the orders.
    """
    actor.require(Perm.SHIPPING_SHIP)
    at = now()
    with unit_of_work():
        carrier = usable_carrier(carrier_id)
        orders = {order.pk: order for order in lock_orders(actor, order_ids)}
        errors = refusals(orders, order_ids)
        plan = plan_parcels([order for pk, order in orders.items() if pk not in errors], carrier, tracking or {}, at)
        errors.update(plan.errors)
        moved = transition_orders(
            actor=actor, order_ids=list(plan.parcels), to=current_graph().first_of(Stage.SHIPPED).slug
        )
        errors.update({result.order_id: result.error for result in moved if result.error is not None})
        left = [pk for pk in plan.parcels if pk not in errors]
        write_plan(actor, plan, left, Stage.SHIPPED, at)
        new = [plan.parcels[pk].pk for pk in left if plan.parcels[pk].manifest_id is None]
        made = make_manifest(actor=actor, carrier_id=carrier.pk, parcel_ids=new) if manifest and new else None
    return Shipment(results(order_ids, orders, plan.parcels, errors), made)
