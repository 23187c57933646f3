"""The only place of this app that locks rows."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from commanda.accounts.permissions import Perm
from commanda.confirmation.models import CallPolicy, Lease, Presence, QueueEntry
from commanda.confirmation.selectors import Openings, due_when, entries_of, live_leases, openings, pool, ranked
from commanda.kernel.actor import Actor
from commanda.kernel.prepared import Param, any_of, prepared
from commanda.orders.models import Order
from commanda.orders.stages import QUEUED

DISTRIBUTION = 7_201_401


def lock_best(
    actor: Actor,
    at: datetime,
    policy: CallPolicy,
    *,
    among: Collection[int] | None = None,
    beside: Collection[str] = (),
) -> QueueEntry | None:
    """Lock the best of the entries due now, with its order, that no other transaction holds and nobody else leases.

    Of the actor's own entries, or of those of the pool with the order ids `among`. `beside` are phones to leave out.
    Waits for nobody: locked rows are skipped.
    """
    opens = openings(policy, at)
    asked = {"me": actor.user_id, "at": at, "beside": list(beside), **opens.values()}
    if among is None:
        return _best_own(actor.can(Perm.ORDERS_VIEW_ALL), opens.places()).first(**asked)
    return _best_among(opens.places()).first(among=list(among), **asked)


@prepared
def _best_own(sees_all: bool, opens: Openings) -> QuerySet[QueueEntry]:
    return _best(entries_of(Param("me"), sees_all=sees_all), opens)


@prepared
def _best_among(opens: Openings) -> QuerySet[QueueEntry]:
    return _best(pool().filter(any_of("order_id", "among")), opens)


def _best(entries: QuerySet[QueueEntry], opens: Openings) -> QuerySet[QueueEntry]:
    others = live_leases(Param("at")).exclude(agent_id=Param("me")).filter(phone_e164=OuterRef("order__phone_e164"))
    return (
        due_when(entries, Param("at"), opens)
        .filter(~Exists(others))
        .exclude(any_of("order__phone_e164", "beside"))
        .select_related("order")
        .select_for_update(skip_locked=True, of=("self", "order"), no_key=True)[:1]
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


def lock_strays(exhausted_state_id: int | None) -> list[int]:
    """Lock the orders to call that have no entry, in id order, and return their ids; those held elsewhere are skipped.

    Not those in the state that says that they were tried often enough.
    """
    return _strays().all(exhausted=exhausted_state_id or 0)


@prepared
def _strays() -> QuerySet[Order, int]:
    orders = Order.objects.filter(stage__in=[*QUEUED], queue_entry=None).exclude(state_id=Param("exhausted"))
    locked = orders.order_by("pk").select_for_update(skip_locked=True, of=("self",), no_key=True)
    return locked.values_list("pk", flat=True)


def lock_presences(agent_ids: Collection[int]) -> list[Presence]:
    """Lock the agents' presences in id order."""
    return list(Presence.objects.filter(pk__in=agent_ids).order_by("pk").select_for_update(no_key=True))


def lock_former_leases(actor: Actor, *, beside: str) -> list[str]:
    """Lock the leases the actor has on clients other than `beside` and return their phones.

    What others are just taking over is skipped: two agents who swap clients do not wait for each other.
    """
    return _former_leases().all(agent=actor.user_id, beside=beside)


@prepared
def _former_leases() -> QuerySet[Lease, str]:
    former = Lease.objects.filter(agent_id=Param("agent")).exclude(phone_e164=Param("beside"))
    return former.select_for_update(skip_locked=True).values_list("phone_e164", flat=True)


def lock_siblings(phone: str, order_id: int, before: datetime) -> list[int]:
    """Lock the entries of the client's other orders due before an instant and return their order ids."""
    return _siblings().all(phone=phone, order=order_id, before=before)


@prepared
def _siblings() -> QuerySet[QueueEntry, int]:
    return (
        QueueEntry.objects.filter(
            order__phone_e164=Param("phone"), due_at__lt=Param("before"), is_callback=False, is_pinned=False
        )
        .exclude(order_id=Param("order"))
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .values_list("order_id", flat=True)
    )
