"""The only place of this app that locks rows."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from commanda.confirmation.models import Lease, QueueEntry
from commanda.confirmation.selectors import live_leases, ranked, workable
from commanda.kernel.actor import Actor


def lock_best(actor: Actor, at: datetime, *, with_pool: bool, beside: Collection[str] = ()) -> QueueEntry | None:
    """Lock the best entry due now, with its order, that no other transaction holds and nobody else leases.

    `beside` are phones to leave out. Waits for nobody: locked rows are skipped.
    """
    others = live_leases(at).exclude(agent_id=actor.user_id).filter(phone_e164=OuterRef("order__phone_e164"))
    return (
        ranked(workable(actor, with_pool=with_pool), at)
        .filter(~Exists(others), due_at__lte=at)
        .exclude(order__phone_e164__in=list(beside))
        .select_related("order")
        .select_for_update(skip_locked=True, of=("self", "order"), no_key=True)
        .first()
    )


def lock_unassigned(at: datetime, *, limit: int) -> list[QueueEntry]:
    """Lock entries that wait for an agent, with their orders, best first; those held elsewhere are skipped."""
    free = QueueEntry.objects.filter(order__assignee=None, is_for_supervisor=False)
    return list(
        ranked(free, at)
        .select_related("order")
        .select_for_update(skip_locked=True, of=("self", "order"), no_key=True)[:limit]
    )


def lock_former_leases(actor: Actor, *, beside: str) -> list[str]:
    """Lock the leases the actor has on clients other than `beside` and return their phones.

    What others are just taking over is skipped: two agents who swap clients do not wait for each other.
    """
    former = Lease.objects.filter(agent_id=actor.user_id).exclude(phone_e164=beside)
    return list(former.select_for_update(skip_locked=True).values_list("phone_e164", flat=True))


def lock_siblings(phone: str, order_id: int, before: datetime) -> list[int]:
    """Lock the entries of the client's other orders due before an instant and return their order ids."""
    return list(
        QueueEntry.objects.filter(order__phone_e164=phone, due_at__lt=before, is_callback=False, is_pinned=False)
        .exclude(order_id=order_id)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .values_list("order_id", flat=True)
    )
