"""The queue follows the orders: effect handler of `orders.effects.queue_follows`."""

from commanda.confirmation.models import Lease, QueueEntry
from commanda.kernel.actor import Actor
from commanda.orders.effects import StageChange
from commanda.orders.stages import QUEUED


def follow_stages(actor: Actor, changes: list[StageChange]) -> None:
    """Orders that enter new or confirming are queued, due at once; orders that leave lose entry and lease."""
    entering = [
        c for c in changes if c.new_stage in QUEUED and (c.old_stage is None or c.old_stage not in QUEUED)
    ]
    leaving = [c.order_id for c in changes if c.new_stage not in QUEUED and c.old_stage in QUEUED]
    if entering:
        QueueEntry.objects.bulk_create(
            [QueueEntry(order_id=c.order_id, phone_e164=c.phone_e164, due_at=c.at) for c in entering],
            ignore_conflicts=True,
            batch_size=5000,
        )
    if leaving:
        QueueEntry.objects.filter(order_id__in=leaving).delete()
        Lease.objects.filter(order_id__in=leaving).delete()
