"""Move orders to another state, one or many with the same number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record_many
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import CommandaError, Conflict, Invalid, NotAllowed, NotFound
from commanda.kernel.prepared import planned_cursor
from commanda.kernel.transaction import unit_of_work
from commanda.orders.demand import demands_of
from commanda.orders.effects import StageChange, run_effects
from commanda.orders.locks import lock_orders
from commanda.orders.models import Order, OrderLine, Reason, StateEntry
from commanda.orders.stages import QUEUED, STAMPS, Stage
from commanda.orders.statemachine import Graph, StateNode
from commanda.orders.workflow import current_graph
from commanda.stock.buckets import Delta
from commanda.stock.errors import OutOfStock
from commanda.stock.models import StockMovement
from commanda.stock.services.move_units import UnitMove, move_units

UPDATE = """
UPDATE orders_order
SET state_id = %(state)s, stage = %(stage)s, updated_at = %(at)s, reason_id = %(reason)s, reason_text = %(text)s
    {stamp}
WHERE id = ANY(%(ids)s)
"""
# What is taken back at once had come about within this.
JUST_NOW = timedelta(minutes=1)
KEPT_STAMPS = ("confirmed_at", "shipped_at")  # "ever confirmed", "ever shipped"


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What came of one order in a bulk move: `error` None means done."""

    order_id: int
    error: CommandaError | None = None


def transition_order(
    *,
    actor: Actor,
    order_id: int,
    to: str,
    expected: str | None = None,
    reason: str = "",
    reason_text: str = "",
) -> None:
    """Move one order to the state with the slug `to`.

    Locks the order, then the stock levels of its lines. `expected` is the slug of the state the caller saw.
    Raises `NotFound`, `Conflict` (the state changed meanwhile, or the move is not allowed), `NotAllowed`,
    `Invalid` (a reason is missing) and `OutOfStock`; nothing is changed then.
    """
    result = transition_orders(
        actor=actor,
        order_ids=[order_id],
        to=to,
        expected={order_id: expected} if expected else None,
        reason=reason,
        reason_text=reason_text,
    )[0]
    if result.error is not None:
        raise result.error


def transition_orders(
    *,
    actor: Actor,
    order_ids: Sequence[int],
    to: str,
    expected: Mapping[int, str] | None = None,
    reason: str = "",
    reason_text: str = "",
) -> list[MoveResult]:
    """Move many orders to one state; each succeeds or fails on its own, with its reason, in the order given.

    Set-based: the number of statements does not grow with the orders. When stock does not suffice for all,
    the oldest orders get it.
    """
    asked = _Asked(actor, order_ids, to, expected or {}, reason, reason_text)
    try:
        return _transition(asked)
    except OutOfStock as error:
        if len(set(order_ids)) == 1:
            return [MoveResult(pk, error) for pk in order_ids]
    return _transition(asked, in_turn=True)


@dataclass(frozen=True, slots=True)
class _Asked:
    actor: Actor
    order_ids: Sequence[int]
    to: str
    expected: Mapping[int, str]
    reason: str
    text: str


def _transition(asked: _Asked, *, in_turn: bool = False) -> list[MoveResult]:
    """One attempt. Raises `OutOfStock`, with nothing changed, when the units are not there for all.

    `in_turn`: never; one order after the other gets its units, and those without are left out with their error.
    """
    with unit_of_work():
        graph = current_graph()
        target = graph.by_slug.get(asked.to)
        if target is None:
            raise Invalid(_("Unknown state: %(state)s"), field="to", code="unknown_state", state=asked.to)
        why = _reason(asked.reason)
        locked = lock_orders(asked.actor, asked.order_ids)
        errors: dict[int, CommandaError] = {pk: NotFound() for pk in set(asked.order_ids) - {o.pk for o in locked}}
        movable: list[Order] = []
        for order in locked:
            error = refusal(asked.actor, graph, order, target, asked.expected.get(order.pk), why, asked.text)
            if error is not None:
                errors[order.pk] = error
            elif order.state_id != target.pk:
                movable.append(order)
        moves = _unit_moves(movable, target.stage)
        if in_turn:
            movable = _served(asked.actor, movable, moves, errors)
        if movable:
            _write(asked.actor, graph, movable, target, why, asked.text)
        if not in_turn:  # last of all: who buys the same product waits from here to the commit
            move_units(actor=asked.actor, moves=[move for rows in moves.values() for move in rows])
    return [MoveResult(pk, errors.get(pk)) for pk in asked.order_ids]


def end_order(*, actor: Actor, order: Order, to: StateNode, reason_text: str = "") -> None:
    """Bring a locked order to an end state, whichever moves the graph draws.

    For acts that have a right of their own, such as merging; the caller has checked it and holds the lock.
    """
    moves = _unit_moves([order], to.stage).get(order.pk, [])
    _write(actor, current_graph(), [order], to, None, reason_text)
    move_units(actor=actor, moves=moves)


def take_back(*, actor: Actor, order: Order, to: StateNode, facts: Mapping[str, Any]) -> None:
    """Bring a locked order back to the state before a move that is undone at once, whichever moves the graph draws.

    Stock, queue, parcels and commissions follow as in any move. `facts` are the reason and the stamps as they were:
    what was undone never happened for the figures. For undoing, which has a rule of its own; the caller has checked it.
    """
    if order.state_id != to.pk:
        end_order(actor=actor, order=order, to=to)
        StateEntry.objects.filter(order=order, state_id=order.state_id, at__gte=now() - JUST_NOW).delete()
    Order.objects.filter(pk=order.pk).update(**facts)


def _reason(slug: str) -> Reason | None:
    if not slug:
        return None
    reason = Reason.objects.filter(slug=slug, is_active=True).first()
    if reason is None:
        raise Invalid(_("Choose a reason from the list."), field="reason", code="unknown_reason")
    return reason


def refusal(
    actor: Actor,
    graph: Graph,
    order: Order,
    target: StateNode,
    expected: str | None,
    why: Reason | None,
    text: str,
) -> CommandaError | None:
    """Why the order may not go there, stock aside; None when it may. Reads nothing."""
    if expected and graph.states[order.state_id].slug != expected:
        return Conflict(
            _("The order is now in another state. Look at it again before you change it."),
            code="state_changed",
        )
    if order.state_id == target.pk:
        return None
    if order.merged_into_id is not None:
        return Conflict(
            _("This order was merged into another one. Work on that one, or part the two again first."),
            code="order_merged",
        )
    move = graph.move(order.state_id, target.pk)
    if move is None:
        return Conflict(
            _("An order cannot go from “%(source)s” to “%(target)s”."),
            code="illegal_move",
            source=graph.states[order.state_id].label,
            target=target.label,
        )
    if not actor.can(move.permission):
        return NotAllowed()
    if move.needs_reason and why is None and not text.strip():
        return Invalid(_("Say why."), field="reason", code="reason_needed")
    first_confirmation = target.stage is Stage.CONFIRMED and order.stage in QUEUED
    if first_confirmation and order.contacted_at is None and not actor.can(Perm.ORDERS_FORCE):
        return Conflict(_("Log a call or a message first, then confirm."), code="not_contacted")
    return None


def _served(
    actor: Actor, orders: list[Order], moves: Mapping[int, list[UnitMove]], errors: dict[int, CommandaError]
) -> list[Order]:
    """Move the units of one order after the other, oldest first; those whose units are not there get their error."""
    served = []
    for order in orders:
        try:
            move_units(actor=actor, moves=moves.get(order.pk, []))
        except OutOfStock as error:
            errors[order.pk] = error
        else:
            served.append(order)
    return served


def _unit_moves(orders: list[Order], stage: Stage) -> dict[int, list[UnitMove]]:
    old_stages = {order.pk: Stage(order.stage) for order in orders if order.stage != stage}
    moves: dict[int, list[UnitMove]] = {pk: [] for pk in old_stages}
    if not old_stages:
        return moves
    sums: dict[tuple[int, int], Delta] = {}
    for demand in demands_of(list(old_stages)):
        key = (demand.order_id, demand.variant_id)
        sums[key] = sums.get(key, Delta()) + demand.passing(old_stages[demand.order_id], stage)
    for (order_id, variant_id), delta in sums.items():
        moves[order_id].append(UnitMove(variant_id, delta, StockMovement.Kind.ORDER, order_id, note=stage))
    return moves


def _write(actor: Actor, graph: Graph, orders: list[Order], target: StateNode, why: Reason | None, text: str) -> None:
    at = now()
    ids = [order.pk for order in orders]
    _update_orders(ids, target, why, text, at)
    if any(order.stage == Stage.RETURNED != target.stage for order in orders):
        OrderLine.objects.filter(order_id__in=ids).update(back_qty=0, quarantine_qty=0, lost_qty=0)
    record_many(
        actor=actor,
        name="order.moved",
        subject="order",
        entries=[(order.pk, {"state": [graph.states[order.state_id].slug, target.slug]}) for order in orders],
        reason=" – ".join(part for part in (why.slug if why else "", text.strip()) if part),
    )
    run_effects(
        actor,
        [
            StageChange(order.pk, order.phone_e164, order.assignee_id, Stage(order.stage), target.stage, at)
            for order in orders
            if order.stage != target.stage
        ],
    )


def _update_orders(ids: list[int], target: StateNode, why: Reason | None, text: str, at: datetime) -> None:
    column = STAMPS.get(target.stage)
    stamp = ""
    if column:
        stamp = f", {column} = COALESCE({column}, %(at)s)" if column in KEPT_STAMPS else f", {column} = %(at)s"
    ended = [name for name in ("delivered_at", "returned_at", "cancelled_at") if name != column]
    stamp += "".join(f", {name} = NULL" for name in ended)
    with planned_cursor() as cursor:
        cursor.execute(
            UPDATE.format(stamp=stamp),
            {
                "state": target.pk,
                "stage": target.stage.value,
                "at": at,
                "reason": why.pk if why else None,
                "text": text.strip()[:300],
                "ids": ids,
            },
        )
