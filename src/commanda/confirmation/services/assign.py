"""Give waiting orders to the agents who are present."""

from datetime import timedelta

from django.db import connection
from django.db.models import Count

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.confirmation.locks import lock_unassigned
from commanda.confirmation.models import CallPolicy, Lease, Presence, QueueEntry
from commanda.confirmation.selectors import call_policy, present
from commanda.confirmation.services.queue import requeue_strays
from commanda.confirmation.sharing import Desk, Waiting, share
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work
from commanda.orders.services.assign import spread_orders

AT_ONCE = 2000
RETURNING_DAYS = 90

FORMER_AGENTS = """
SELECT DISTINCT ON (phone_e164) phone_e164, assignee_id
FROM orders_order
WHERE phone_e164 = ANY(%s) AND assignee_id = ANY(%s) AND created_at >= %s
ORDER BY phone_e164, id DESC
"""


def distribute(*, actor: Actor) -> dict[int, int]:
    """Give unassigned queued orders to present agents by the policy's method; returns order → agent.

    Best of the queue first, at most 2,000 at once. An order its agent made himself, and a client served in the
    last 90 days, stay with that agent if present. Nobody gets more than the capacity. Set-based: the number of
    statements does not grow with the orders. Rows that somebody else holds are left for the next time.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    policy = call_policy()
    if policy.assignment_method == CallPolicy.Method.MANUAL:
        return {}
    with unit_of_work():
        desks = _desks()
        if not any(desk.open < policy.capacity for desk in desks):
            return {}
        entries = lock_unassigned(now(), limit=AT_ONCE)
        orders = _waiting(entries, [desk.agent_id for desk in desks])
        shares = share(orders, desks, method=policy.assignment_method, capacity=policy.capacity)
        spread_orders(actor=actor, given=shares.given)
        _note_turns(shares.turns, desks)
    return shares.given


def tend_queue(*, actor: Actor) -> None:
    """What the worker does every minute: forget dead leases, queue strays, give out what waits."""
    Lease.objects.filter(until__lte=now()).delete()
    requeue_strays()
    distribute(actor=actor)


def _desks() -> list[Desk]:
    rows = present().filter(user__in=agents()).values_list("user_id", "last_assigned_at")
    loads = dict(
        QueueEntry.objects.filter(order__assignee_id__in=[pk for pk, _at in rows])
        .values_list("order__assignee_id")
        .annotate(number=Count("pk"))
    )
    return [Desk(pk, loads.get(pk, 0), at) for pk, at in rows]


def _waiting(entries: list[QueueEntry], agent_ids: list[int]) -> list[Waiting]:
    phones = list({entry.order.phone_e164 for entry in entries})
    with connection.cursor() as cursor:
        cursor.execute(FORMER_AGENTS, [phones, agent_ids, now() - timedelta(days=RETURNING_DAYS)])
        former = dict(cursor.fetchall())
    return [
        Waiting(
            order_id=entry.order_id,
            phone=entry.order.phone_e164,
            preferred_id=(
                entry.order.created_by_id
                if entry.order.created_by_id in agent_ids
                else former.get(entry.order.phone_e164)
            ),
        )
        for entry in entries
    ]


def _note_turns(turns: list[int], desks: list[Desk]) -> None:
    rows = Presence.objects.in_bulk(turns)
    # A microsecond apart and after every earlier turn: the next round starts after the last one served.
    latest = max([now(), *(desk.last_assigned_at for desk in desks if desk.last_assigned_at)])
    for place, agent_id in enumerate(turns, 1):
        rows[agent_id].last_assigned_at = latest + timedelta(microseconds=place)
    Presence.objects.bulk_update(rows.values(), ["last_assigned_at"])
