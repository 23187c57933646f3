"""The only place of this app that locks rows."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from commanda.confirmation.models import CallPolicy, Lease, Presence, QueueEntry
from commanda.confirmation.selectors import due, live_leases, pool, ranked
from commanda.kernel.actor import Actor

DISTRIBUTION = 7_201_401


def lock_best(
    actor: Actor,
    entries: QuerySet[QueueEntry],
    at: datetime,
    policy: CallPolicy,
    *,
    beside: Collection[str] = (),
) -> QueueEntry | None:
    """Lock the best of the entries due now, with its order, that no other transaction holds and nobody else leases.

    `beside` are phones to leave out. Waits for nobody: locked rows are skipped.
    """
    others = live_leases(at).exclude(agent_id=actor.user_id).filter(phone_e164=OuterRef("order__phone_e164"))
    return (
        due(entries, at, policy)
        .filter(~Exists(others))
        .exclude(order__phone_e164__in=list(beside))
        .select_related("order")
        .select_for_update(skip_locked=True, of=("self", "order"), no_key=True)
        .first()
    )


def lock_distribution() -> None:
    """Let one distribution run at a time, until the transaction ends: each must see what the others gave."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [DISTRIBUTION])


def lock_unassigned(at: datetime, policy: CallPolicy, *, limit: int, beside: Collection[int] = ()) -> list[QueueEntry]:
    """Lock entries that wait for an agent, with their orders, best first; those held elsewhere are skipped."""
    return list(
        ranked(pool(), at, policy)
        .exclude(order_id__in=list(beside))
        .select_related("order__city")
        .select_for_update(skip_locked=True, of=("self", "order"), no_key=True)[:limit]
    )


def lock_entries(entries: QuerySet[QueueEntry], *, limit: int) -> list[QueueEntry]:
    """Lock entries with their orders, in id order; those held elsewhere are skipped."""
    return list(
        entries.select_related("order")
        .order_by("order_id")
        .select_for_update(skip_locked=True, of=("self", "order"), no_key=True)[:limit]
    )


def lock_presences(agent_ids: Collection[int]) -> list[Presence]:
    """Lock the agents' presences in id order."""
    return list(Presence.objects.filter(pk__in=agent_ids).order_by("pk").select_for_update(no_key=True))


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
