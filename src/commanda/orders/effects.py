"""Where upper rooms take part in the transaction of an order.

`…_follow(actor, changes)`: orders entered another stage, or were created (`old_stage` None).
`promises_follow(actor, kept, merged)`: the locked order `merged` is about to end, for it is one with `kept`.
"""

from datetime import datetime
from typing import NamedTuple

from commanda.kernel.actor import Actor
from commanda.kernel.effects import Effect
from commanda.orders.models import Order
from commanda.orders.stages import Stage


class StageChange(NamedTuple):
    """One order's passage from one stage to another."""

    order_id: int
    phone_e164: str
    assignee_id: int | None
    old_stage: Stage | None
    new_stage: Stage
    at: datetime


queue_follows: "Effect[[Actor, list[StageChange]]]" = Effect("orders.queue_follows")
commission_follows: "Effect[[Actor, list[StageChange]]]" = Effect("orders.commission_follows")
parcels_follow: "Effect[[Actor, list[StageChange]]]" = Effect("orders.parcels_follow")
promises_follow: "Effect[[Actor, Order, Order]]" = Effect("orders.promises_follow")


def run_effects(actor: Actor, changes: list[StageChange]) -> None:
    """Let the call queue, the parcels and the commissions follow, in this transaction."""
    if changes:
        queue_follows(actor, changes)
        parcels_follow(actor, changes)
        commission_follows(actor, changes)
