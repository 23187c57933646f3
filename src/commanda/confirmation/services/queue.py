"""The queue follows the orders: effect handler of `orders.effects.queue_follows`, and its safety net."""

from commanda.confirmation.locks import lock_strays
from commanda.confirmation.selectors import call_policy
from commanda.kernel.actor import Actor
from commanda.kernel.arrays import number_array, text_array
from commanda.kernel.clock import now
from commanda.kernel.prepared import planned_cursor
from commanda.kernel.transaction import unit_of_work
from commanda.orders.effects import StageChange
from commanda.orders.stages import QUEUED

ENTER = """
INSERT INTO confirmation_queueentry
    (order_id, due_at, attempts, is_callback, is_pinned, is_for_supervisor)
SELECT entering.order_id, entering.due_at, 0, false, false, false
FROM unnest(%s::bigint[], %s::timestamptz[]) AS entering (order_id, due_at)
ON CONFLICT (order_id) DO NOTHING
"""

# One look at the leases is enough: whoever leases an order holds its lock, and here the mover does.
LEAVE = """
WITH freed AS (DELETE FROM confirmation_lease WHERE order_id = ANY(%(orders)s))
DELETE FROM confirmation_queueentry WHERE order_id = ANY(%(orders)s)
"""


def follow_stages(actor: Actor, changes: list[StageChange]) -> None:
    """Orders that enter new or confirming are queued, due at once; orders that leave lose entry and lease."""
    entering = [c for c in changes if c.new_stage in QUEUED and (c.old_stage is None or c.old_stage not in QUEUED)]
    leaving = [c.order_id for c in changes if c.new_stage not in QUEUED and c.old_stage in QUEUED]
    if entering:
        # A sheet may date its orders ahead: whoever has ordered may be called.
        at = now()
        due = (min(c.at, at).isoformat() for c in entering)
        columns = [number_array(c.order_id for c in entering), text_array(due)]
        with planned_cursor() as cursor:
            cursor.execute(ENTER, columns)
    if leaving:
        with planned_cursor() as cursor:
            cursor.execute(LEAVE, {"orders": leaving})


def requeue_strays() -> int:
    """Queue again what somebody moved by hand out of the exhausted state; returns how many.

    A move inside the confirming stage changes no stage, so no effect tells us of it. What somebody is just moving is
    left for the next time.
    """
    with unit_of_work():
        order_ids = lock_strays(call_policy().exhausted_state_id)
        if order_ids:
            due = [now().isoformat()] * len(order_ids)
            with planned_cursor() as cursor:
                cursor.execute(ENTER, [number_array(order_ids), text_array(due)])
    return len(order_ids)
