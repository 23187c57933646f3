"""The next client to call, held for one agent."""

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.confirmation.locks import lock_best
from commanda.confirmation.models import CallPolicy, Lease, QueueEntry
from commanda.confirmation.selectors import call_policy, own_lease, takes_from_pool
from commanda.confirmation.services.handover import give
from commanda.confirmation.services.lease import take_lease
from commanda.confirmation.services.presence import be_seen, require_caller
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_order
from commanda.orders.models import Order
from commanda.orders.stages import QUEUED, Stage

TRIES = 20


def next_order(*, actor: Actor) -> Order | None:
    """The order the actor should work now, leased; None when nothing is due.

    The one he holds already, otherwise the best due one (`selectors.ranked`) assigned to him or, where orders are
    given automatically and his capacity allows, unassigned: it is assigned to him in the same transaction. No
    order and no client is ever held by two. Asking for work makes the actor present.
    """
    require_caller(actor)
    with unit_of_work():
        be_seen(actor)
        held = own_lease(actor)
        if held and held.order.stage in QUEUED and Order.objects.visible_to(actor).filter(pk=held.order_id).exists():
            return held.order
        return _take_best(actor, call_policy())


def lease_order(*, actor: Actor, order_id: int) -> Order:
    """Hold a chosen order and its client. Locks the order.

    Raises `NotFound` when it is not the actor's, `Conflict` when it no longer waits for a call or when somebody
    else is on the phone with this client (`client_held`).
    """
    require_caller(actor)
    with unit_of_work():
        order = lock_order(actor, order_id)
        require_queued(order)
        be_seen(actor)
        if not take_lease(actor, phone=order.phone_e164, order_id=order.pk, at=now(), policy=call_policy()):
            raise client_held()
    return order


def release_lease(*, actor: Actor) -> None:
    """Give back the client the actor holds, if any."""
    Lease.objects.filter(agent_id=actor.user_id).delete()


def require_queued(order: Order) -> None:
    """Raise `Conflict` unless the order still waits to be confirmed."""
    if Stage(order.stage) not in QUEUED:
        raise Conflict(_("This order no longer waits for a call: it has been decided meanwhile."), code="not_in_queue")


def client_held() -> Conflict:
    return Conflict(_("Somebody else is on the phone with this client. Take the next order."), code="client_held")


def _take_best(actor: Actor, policy: CallPolicy) -> Order | None:
    at = now()
    with_pool = takes_from_pool(actor, policy) and _open_orders(actor) < policy.capacity
    lost: list[str] = []
    for _try in range(TRIES):
        entry = lock_best(actor, at, with_pool=with_pool, beside=lost)
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


def _open_orders(actor: Actor) -> int:
    return QueueEntry.objects.filter(order__assignee_id=actor.user_id).count()
