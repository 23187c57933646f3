"""The only place of this app that locks rows and takes leases."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from commanda.confirmation.models import CallPolicy, Lease, QueueEntry
from commanda.confirmation.selectors import live_leases, ranked, workable
from commanda.kernel.actor import Actor

TAKE = """
INSERT INTO confirmation_lease AS held (phone_e164, order_id, agent_id, until, ends_at)
VALUES (%(phone)s, %(order)s, %(agent)s, %(until)s, %(ends)s)
ON CONFLICT (phone_e164) DO UPDATE
    SET order_id = EXCLUDED.order_id, agent_id = EXCLUDED.agent_id,
        until = EXCLUDED.until, ends_at = EXCLUDED.ends_at
    WHERE held.agent_id = EXCLUDED.agent_id OR held.until <= %(at)s
RETURNING agent_id
"""


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


def take_lease(actor: Actor, *, phone: str, order_id: int, at: datetime, policy: CallPolicy) -> bool:
    """Take or prolong the lease of a client for the actor; False when somebody else holds it.

    The caller holds the lock of the order. The database decides: one row per phone. A lease the actor has on
    another client ends.
    """
    elsewhere = Lease.objects.filter(order_id=order_id).exclude(phone_e164=phone)
    if live_leases(at).exclude(agent_id=actor.user_id).filter(order_id=order_id).exclude(phone_e164=phone).exists():
        return False
    elsewhere.delete()  # The order's phone was corrected meanwhile.
    with connection.cursor() as cursor:
        cursor.execute(
            TAKE,
            {
                "phone": phone,
                "order": order_id,
                "agent": actor.user_id,
                "until": at + timedelta(minutes=min(policy.lease_minutes, policy.presence_minutes)),
                "ends": at + timedelta(minutes=policy.lease_minutes),
                "at": at,
            },
        )
        if not cursor.rowcount:
            return False
    # Skipping what others are just taking over keeps two agents who swap clients from waiting for each other.
    former = Lease.objects.filter(agent_id=actor.user_id).exclude(phone_e164=phone)
    former_phones = list(former.select_for_update(skip_locked=True).values_list("phone_e164", flat=True))
    Lease.objects.filter(phone_e164__in=former_phones).delete()
    return True


def lock_siblings(phone: str, order_id: int, before: datetime) -> list[int]:
    """Lock the entries of the client's other orders due before an instant and return their order ids."""
    return list(
        QueueEntry.objects.filter(order__phone_e164=phone, due_at__lt=before, is_callback=False, is_pinned=False)
        .exclude(order_id=order_id)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .values_list("order_id", flat=True)
    )
