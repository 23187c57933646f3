"""A call that a client was promised outlives the order it was about: handler of `orders.effects.promises_follow`."""

from commanda.confirmation.models import QueueEntry
from commanda.kernel.actor import Actor
from commanda.orders.models import Order
from commanda.orders.stages import QUEUED


def carry_promise(actor: Actor, kept: Order, merged: Order) -> None:
    """The kept order is due when a call was promised on the merged one; of two promises the earlier one counts.

    Nothing for a kept order that waits for no call any more, and for a pinned one: that comes first as it is.
    """
    promised = QueueEntry.objects.filter(order_id=merged.pk, is_callback=True).first()
    if promised is None or kept.stage not in QUEUED:
        return
    entry = QueueEntry.objects.filter(order_id=kept.pk).first() or QueueEntry(order_id=kept.pk, attempts=1)
    if entry.is_pinned or (entry.is_callback and entry.due_at <= promised.due_at):
        return
    entry.is_callback, entry.due_at = True, promised.due_at
    entry.save()
