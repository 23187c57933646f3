"""The next client to call, held for one agent."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.confirmation.locks import lock_best
from commanda.confirmation.models import AssignmentRule, CallPolicy, QueueEntry
from commanda.confirmation.selectors import (
    Openings,
    call_policy,
    desks_now,
    due_when,
    facts,
    is_given_orders,
    openings,
    own_lease,
    pool,
    rules_in_force,
)
from commanda.confirmation.services.handover import give
from commanda.confirmation.services.lease import take_lease
from commanda.confirmation.services.presence import be_seen, require_caller
from commanda.confirmation.sharing import rule_for
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict
from commanda.kernel.prepared import Param, prepared
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_order
from commanda.orders.models import Order
from commanda.orders.stages import QUEUED, Stage

TRIES = 20
# How far into the pool an agent looks for an order that the rules let him have.
POOL_LOOKS = (8, 80, 2000)


def next_order(*, actor: Actor) -> Order | None:
    """The order the actor should work now, leased; None when nothing is due.

    The one he holds already, otherwise the best due one (`selectors.ranked`) of his own queue; when nothing is due
    there, where the rules and his capacity allow, the best that nobody has: it is assigned to him in the same
    transaction. No order and no client is ever held by two. Asking for work makes the actor present.
    """
    require_caller(actor)
    with unit_of_work():
        policy = call_policy()
        be_seen(actor, policy)
        held = own_lease(actor)
        if held and held.order.stage in QUEUED and Order.objects.visible_to(actor).filter(pk=held.order_id).exists():
            return held.order
        return _take_best(actor, policy)


def lease_order(*, actor: Actor, order_id: int) -> Order:
    """Hold a chosen order and its client. Locks the order.

    Raises `NotFound` when it is not the actor's, `Conflict` when it no longer waits for a call or when somebody
    else is on the phone with this client (`client_held`).
    """
    require_caller(actor)
    with unit_of_work():
        order = lock_order(actor, order_id)
        require_queued(order)
        policy = call_policy()
        be_seen(actor, policy)
        if not take_lease(actor, phone=order.phone_e164, order_id=order.pk, at=now(), policy=policy):
            raise client_held()
    return order


def require_queued(order: Order) -> None:
    """Raise `Conflict` unless the order still waits to be confirmed."""
    if Stage(order.stage) not in QUEUED:
        raise Conflict(_("This order no longer waits for a call: it has been decided meanwhile."), code="not_in_queue")


def client_held() -> Conflict:
    return Conflict(_("Somebody else is on the phone with this client. Take the next order."), code="client_held")


def _take_best(actor: Actor, policy: CallPolicy) -> Order | None:
    """Of his own queue, otherwise of the pool."""
    at = now()
    order = _take_own(actor, policy, at)
    if order is None and is_given_orders(actor):
        order = _take_from_pool(actor, policy, at)
    return order


def _take_own(actor: Actor, policy: CallPolicy, at: datetime) -> Order | None:
    lost: list[str] = []
    for _try in range(TRIES):
        entry = lock_best(actor, at, policy, beside=lost)
        if entry is None:
            return None
        order = entry.order
        if take_lease(actor, phone=order.phone_e164, order_id=order.pk, at=at, policy=policy):
            if order.assignee_id is None and not actor.can(Perm.ORDERS_VIEW_ALL):
                give(actor, {order.pk: actor.user_id})
                order.assignee_id = actor.user_id
            return order
        lost.append(order.phone_e164)  # Another order of the same client was taken in this very moment.
    return None


def _take_from_pool(actor: Actor, policy: CallPolicy, at: datetime) -> Order | None:
    """The best unassigned order that the rules let this agent have while the others are there, too."""
    rules, opens = rules_in_force(policy), openings(policy, at)
    asked = {"at": at, **opens.values()}
    if not rules or not _some_of_pool().all(at=at):
        return None
    desks = desks_now(policy, rules, at)
    own = next((desk for desk in desks if desk.agent_id == actor.user_id), None)
    if own is None or not own.has_room:
        return None
    # Looked at without locks and then locked one by one: what the rules keep for others stays free for them.
    for looked_at in POOL_LOOKS:
        entries = _best_of_pool(looked_at, opens.places()).all(**asked)
        waiting = facts(entries, [desk.agent_id for desk in desks], at)
        allowed = {order.order_id: rule for order in waiting if (rule := rule_for(order, own.agent_id, desks, rules))}
        if order := _take_allowed(actor, policy, at, allowed):
            return order
        if len(entries) < looked_at:
            break
    return None


@prepared
def _some_of_pool() -> QuerySet[QueueEntry]:
    return pool().filter(due_at__lte=Param("at")).order_by()[:1]


@prepared
def _best_of_pool(number: int, opens: Openings) -> QuerySet[QueueEntry]:
    return due_when(pool(), Param("at"), opens).select_related("order__city")[:number]


def _take_allowed(
    actor: Actor, policy: CallPolicy, at: datetime, allowed: Mapping[int, AssignmentRule]
) -> Order | None:
    lost: list[str] = []
    for _try in range(TRIES if allowed else 0):
        entry = lock_best(actor, at, policy, among=allowed, beside=lost)
        if entry is None:
            return None
        order, rule = entry.order, allowed[entry.order_id]
        if take_lease(actor, phone=order.phone_e164, order_id=order.pk, at=at, policy=policy):
            give(actor, {order.pk: actor.user_id}, facts={order.pk: {"rule": rule.name or rule.method}})
            order.assignee_id = actor.user_id
            return order
        lost.append(order.phone_e164)
    return None
