"""Give waiting orders from the supervisor's board to somebody else, with a word about each, and take it back."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.confirmation.models import QueueEntry
from commanda.confirmation.selectors import live_leases
from commanda.confirmation.services.assign import distribute
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_orders
from commanda.orders.models import Order
from commanda.orders.services.assign import assign_orders, spread_orders

MOST_ORDERS: Final = 2_000

IN_HAND: Final = _("An agent is with this client now.")
NOT_WAITING: Final = _("It does not wait for a call any more.")
SAME: Final = _("It is there already.")
CHANGED: Final = _("It was given to somebody else meanwhile.")
FOR_SUPERVISORS: Final = _("It was handed to supervisors: give it to an agent by name.")
NO_RULE: Final = _("The rules found nobody for it.")


@dataclass(frozen=True, slots=True)
class Moved:
    """An order that changed hands: whose it was and whose it is now (ids of people; None is nobody)."""

    order_id: int
    reference: str
    former_id: int | None
    agent_id: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """An order that stays where it is, and why."""

    reference: str
    why: Any


@dataclass(frozen=True, slots=True)
class Reassigned:
    """What came of each order. The orders the actor may not see are in neither."""

    moved: tuple[Moved, ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def per_agent(self) -> list[tuple[int | None, int]]:
        """Who got how many, the most first."""
        return Counter(row.agent_id for row in self.moved).most_common()


def reassign(*, actor: Actor, order_ids: Collection[int], agent_id: int | None) -> Reassigned:
    """Give waiting orders to an agent, or to nobody; each moves or stays with its reason.

    What an agent holds now, and what waits no longer, stays. Locks the orders, so that nobody takes one of them in
    between; one transaction, a constant number of statements. Raises `Invalid` for nothing or too much at once, and
    for somebody who cannot work orders.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    _check_number(order_ids)
    with unit_of_work():
        free, kept = _free(actor, order_ids)
        going = [order for order in free if order.assignee_id != agent_id]
        kept += [Kept(order.reference, SAME) for order in free if order.assignee_id == agent_id]
        assign_orders(actor=actor, order_ids=[order.pk for order in going], agent_id=agent_id)
    moved = tuple(Moved(order.pk, order.reference, order.assignee_id, agent_id) for order in going)
    return Reassigned(moved, tuple(kept))


def reassign_by_rules(*, actor: Actor, order_ids: Collection[int]) -> Reassigned:
    """Take waiting orders back and let the assignment rules give them out, with whatever else waits for an agent.

    Orders that the rules find nobody for are nobody's then, and say so. Raises `Invalid` for nothing or too much.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    _check_number(order_ids)
    with unit_of_work():
        free, kept = _free(actor, order_ids)
        spread_orders(actor=actor, given=dict.fromkeys((order.pk for order in free), None))
    distribute(actor=actor)
    entries = QueueEntry.objects.filter(order_id__in=[order.pk for order in free]).select_related("order")
    after = {entry.order_id: entry for entry in entries}
    moved: list[Moved] = []
    for order in free:
        entry = after.get(order.pk)
        agent_id = entry.order.assignee_id if entry else None
        if agent_id != order.assignee_id:
            moved.append(Moved(order.pk, order.reference, order.assignee_id, agent_id))
        else:
            kept.append(Kept(order.reference, SAME if agent_id else _why_nobody(entry)))
    return Reassigned(tuple(moved), tuple(kept))


def undo_reassign(*, actor: Actor, moved: Sequence[Moved]) -> Reassigned:
    """Give orders back to whom they were taken from; what has moved on or is in hand stays, with its reason.

    Somebody who is no agent any more gets nothing back: the order is nobody's then.
    """
    actor.require(Perm.ORDERS_ASSIGN)
    _check_number(moved)
    wanted = {row.order_id: row for row in moved}
    with unit_of_work():
        people = set(agents().values_list("pk", flat=True))
        free, kept = _free(actor, list(wanted))
        back: dict[int, Order] = {}
        for order in free:
            if order.assignee_id == wanted[order.pk].agent_id:
                back[order.pk] = order
            else:
                kept.append(Kept(order.reference, CHANGED))
        given = {pk: _if_agent(wanted[pk].former_id, people) for pk in back}
        changed = spread_orders(actor=actor, given=given)
    rows = tuple(Moved(pk, back[pk].reference, back[pk].assignee_id, given[pk]) for pk in changed)
    return Reassigned(rows, tuple(kept))


def _check_number(rows: Collection[Any]) -> None:
    if not rows:
        raise Invalid(_("Choose at least one order."), field="ids", code="no_orders")
    if len(rows) > MOST_ORDERS:
        raise Invalid(
            _("At most %(limit)s orders at once. Choose fewer of them."),
            field="ids",
            code="too_many",
            limit=MOST_ORDERS,
        )


def _free(actor: Actor, order_ids: Collection[int]) -> tuple[list[Order], list[Kept]]:
    """Lock the orders; those that may move, and why the others may not.

    Agents take an order by locking it, too: who waits for this transaction has no lease yet, who was first has one.
    """
    orders = lock_orders(actor, order_ids)
    ids = [order.pk for order in orders]
    held = set(live_leases(now()).filter(order_id__in=ids).values_list("order_id", flat=True))
    waiting = set(QueueEntry.objects.filter(order_id__in=ids).values_list("order_id", flat=True))
    free: list[Order] = []
    kept: list[Kept] = []
    for order in orders:
        if order.pk in held:
            kept.append(Kept(order.reference, IN_HAND))
        elif order.pk not in waiting:
            kept.append(Kept(order.reference, NOT_WAITING))
        else:
            free.append(order)
    return free, kept


def _why_nobody(entry: QueueEntry | None) -> Any:
    if entry is None:
        return NOT_WAITING
    if entry.is_for_supervisor:
        return FOR_SUPERVISORS
    return entry.get_unassigned_reason_display() or NO_RULE


def _if_agent(user_id: int | None, people: Collection[int]) -> int | None:
    return user_id if user_id in people else None
