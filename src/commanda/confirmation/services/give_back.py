"""Orders that their agent has not touched come back to the queue of all."""

from collections import defaultdict
from datetime import timedelta

from django.db.models import QuerySet

from commanda.accounts.permissions import Perm
from commanda.confirmation.locks import lock_entries
from commanda.confirmation.models import CallPolicy, QueueEntry
from commanda.confirmation.selectors import call_policy, forgotten, left_behind, rules_in_force, untouched
from commanda.confirmation.services.handover import give
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work

AT_ONCE = 2000
AWAY, STALE, WENT_HOME = "agent_away", "untouched_too_long", "agent_went_home"


def give_back_untouched(*, actor: Actor) -> list[int]:
    """Take back untouched orders of agents who are away, and those that lie too long; returns their ids.

    Only orders their agent has neither called nor promised a call nor holds now, by the policy's minutes and hours;
    nothing while orders are given by hand. An order that lay too long is offered to others first. One audit row each
    says why. Set-based; rows that somebody else holds are left for the next time.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    policy = call_policy()
    if not rules_in_force(policy):
        return []
    at, waiting = now(), QueueEntry.objects.all()
    returned: list[int] = []
    if policy.absent_minutes:
        away = left_behind(waiting, at - timedelta(minutes=policy.absent_minutes))
        returned += _take_back(actor, away, because=AWAY)
    if policy.stale_hours:
        lying = forgotten(waiting, at - timedelta(hours=policy.stale_hours))
        returned += _take_back(actor, lying, because=STALE, is_avoiding=True)
    return returned


def give_back_own(actor: Actor, policy: CallPolicy) -> list[int]:
    """Take back the actor's own untouched orders, for he goes home; in the caller's transaction."""
    if not policy.absent_minutes or not rules_in_force(policy):
        return []
    own = untouched(QueueEntry.objects.filter(assignee_id=actor.user_id), now())
    return _take_back(actor, own, because=WENT_HOME)


def _take_back(actor: Actor, entries: QuerySet[QueueEntry], *, because: str, is_avoiding: bool = False) -> list[int]:
    with unit_of_work():
        rows = lock_entries(entries, limit=AT_ONCE)
        if not rows:
            return []
        if is_avoiding:
            by_agent: dict[int | None, list[int]] = defaultdict(list)
            for row in rows:
                by_agent[row.order.assignee_id].append(row.order_id)
            for agent_id, order_ids in by_agent.items():
                QueueEntry.objects.filter(order_id__in=order_ids).update(avoided_agent_id=agent_id)
        ids = [row.order_id for row in rows]
        return give(actor, dict.fromkeys(ids), facts={pk: {"because": because} for pk in ids})
