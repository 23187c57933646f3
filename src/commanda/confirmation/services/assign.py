"""Give waiting orders to the agents who are present, by the assignment rules."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from commanda.accounts.permissions import Perm
from commanda.confirmation.locks import lock_distribution, lock_presences, lock_unassigned
from commanda.confirmation.models import AssignmentRule, CallPolicy, Lease, Presence, QueueEntry
from commanda.confirmation.selectors import call_policy, desks_now, facts, pool, rules_in_force
from commanda.confirmation.services.give_back import give_back_untouched
from commanda.confirmation.services.queue import requeue_strays
from commanda.confirmation.sharing import Desk, Shares, share
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work
from commanda.orders.services.assign import spread_orders

AT_ONCE = 2000
ROUNDS = 10


def distribute(*, actor: Actor, says_why: bool = True) -> dict[int, int]:
    """Give unassigned queued orders to present agents by the rules; returns order → agent.

    Best of the queue first, 2,000 in a transaction. The first rule that matches an order and has an agent with room
    decides; the order's audit row names it, and an order that stays says why. Nobody gets more than his capacity:
    one distribution runs at a time. Set-based: the number of statements does not grow with the orders. Rows that
    somebody else holds are left for the next time. Without `says_why` it is left to the next minute to tell all that
    wait when there is nobody to have them.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    policy = call_policy()
    rules = rules_in_force(policy)
    if not rules:
        return {}
    given: dict[int, int] = {}
    seen: list[int] = []
    for _round in range(ROUNDS):
        shares, entries = _distribute_some(actor, policy, rules, beside=seen, says_why=says_why)
        given |= shares.given
        seen += [entry.order_id for entry in entries]
        if len(entries) < AT_ONCE or not shares.given:
            break
    return given


def tend_queue(*, actor: Actor) -> None:
    """What the worker does every minute: forget dead leases, queue strays, take back what lies, give out what waits."""
    Lease.objects.filter(until__lte=now()).delete()
    requeue_strays()
    give_back_untouched(actor=actor)
    distribute(actor=actor)


def _distribute_some(
    actor: Actor, policy: CallPolicy, rules: list[AssignmentRule], *, beside: Collection[int], says_why: bool
) -> tuple[Shares, list[QueueEntry]]:
    with unit_of_work():
        lock_distribution()
        at = now()
        desks = desks_now(policy, rules, at)
        if not any(desk.has_room for desk in desks):
            if says_why:
                _say_why(QueueEntry.UnassignedReason.FULL if desks else QueueEntry.UnassignedReason.NOBODY)
            return Shares(), []
        entries = lock_unassigned(at, policy, limit=AT_ONCE, beside=beside)
        if not entries:
            return Shares(), []
        shares = share(facts(entries, [desk.agent_id for desk in desks], at), desks, rules)
        names = {order_id: {"rule": rule.name or rule.method} for order_id, rule in shares.by_rule.items()}
        spread_orders(actor=actor, given=shares.given, facts=names)
        _note_reasons(shares, entries)
        _note_turns(shares.turns, desks)
    return shares, entries


def _say_why(reason: str) -> None:
    """The same for all: there is nobody to give anything to."""
    pool().exclude(unassigned_reason=reason).update(unassigned_reason=reason)


def _note_reasons(shares: Shares, entries: list[QueueEntry]) -> None:
    changed: dict[str, list[int]] = defaultdict(list)
    for entry in entries:
        reason = shares.left.get(entry.order_id, "")
        if entry.unassigned_reason != reason:
            changed[reason].append(entry.order_id)
    for reason, order_ids in changed.items():
        QueueEntry.objects.filter(order_id__in=order_ids).update(unassigned_reason=reason)


def _note_turns(turns: list[int], desks: list[Desk]) -> None:
    rows = {row.pk: row for row in lock_presences(turns)}
    # A microsecond apart and after every earlier turn: the next round starts after the last one served.
    latest = max([now(), *(desk.last_assigned_at for desk in desks if desk.last_assigned_at)])
    for place, agent_id in enumerate(turns, 1):
        rows[agent_id].last_assigned_at = latest + timedelta(microseconds=place)
    Presence.objects.bulk_update(rows.values(), ["last_assigned_at"])
