"""One action on many orders: first what it would do, then done piece by piece, with a result for each order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Busy, CommandaError, Conflict, Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_bulk_run
from commanda.orders.models import BulkRun, Order
from commanda.orders.services.annotate import tag_orders
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.transition import transition_orders
from commanda.stock.models import StockMovement

Action = BulkRun.Action
MOST_ORDERS: Final = 20_000
PIECE: Final = 200
# A run that nobody has worked on for so long belongs to a killed process: the worker goes on with it.
LEFT_AFTER: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of some orders: those that changed, and why others stay as they were."""

    changed: list[int] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would do now. `looked_at` of `order_qty` orders were tried; the stock in units.

    `reasons`: why orders would stay as they are, and how many for each, the most frequent first.
    """

    order_qty: int
    looked_at: int
    changed_qty: int
    unchanged_qty: int
    reasons: tuple[tuple[str, int], ...] = ()
    reserved_qty: int = 0
    in_transit_qty: int = 0
    on_hand_qty: int = 0

    @property
    def refused_qty(self) -> int:
        return sum(number for _text, number in self.reasons)


def preview_bulk(*, actor: Actor, action: str, params: Mapping[str, Any], order_ids: Sequence[int]) -> Preview:
    """Do it for the first thousand in a transaction that is rolled back: exact, rights and stock included.

    Raises what makes the whole action impossible: an unknown state, somebody who is no agent.
    """
    ids = list(order_ids[: 5 * PIECE])
    with unit_of_work():
        last = StockMovement.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        outcome = _apply(actor, action, params, ids)
        moved = StockMovement.objects.filter(pk__gt=last, order_id__in=ids).aggregate(
            reserved=Sum("reserved_qty"), in_transit=Sum("in_transit_qty"), on_hand=Sum("on_hand_qty")
        )
        transaction.set_rollback(True)
    return Preview(
        order_qty=len(order_ids),
        looked_at=len(ids),
        changed_qty=len(outcome.changed),
        unchanged_qty=len(ids) - len(outcome.changed) - len(outcome.refused),
        reasons=tuple(Counter(text for _pk, text in outcome.refused).most_common()),
        reserved_qty=moved["reserved"] or 0,
        in_transit_qty=moved["in_transit"] or 0,
        on_hand_qty=moved["on_hand"] or 0,
    )


def start_bulk(*, actor: Actor, action: str, params: Mapping[str, Any], order_ids: Sequence[int]) -> BulkRun:
    """Note what is to be done; `work_bulk` does it. Raises `Invalid` for nothing or too much at once."""
    if action not in Action.values:
        raise Invalid(_("Choose what to do with the orders."), field="action", code="unknown_action")
    if actor.user_id is None:
        raise Conflict(_("Only people do this."), code="no_person")
    if not order_ids:
        raise Invalid(_("Choose at least one order."), field="ids", code="no_orders")
    if len(order_ids) > MOST_ORDERS:
        raise Invalid(
            _("At most %(limit)s orders at once. Narrow the list."), field="ids", code="too_many", limit=MOST_ORDERS
        )
    at = now()
    return BulkRun.objects.create(
        user_id=actor.user_id,
        action=action,
        params=dict(params),
        order_ids=list(order_ids),
        language=(get_language() or "fr")[:2],
        created_at=at,
        updated_at=at,
    )


def work_bulk(*, actor: Actor, run_id: int, pieces: int | None = None) -> BulkRun:
    """Go on with a run, `pieces` at most: each piece is one transaction with its results.

    However often it is called, by whomever at once and after whatever kill: every order is dealt with once. Raises
    `Busy` when somebody holds orders of the piece; calling again goes on.
    """
    done = 0
    while True:
        with unit_of_work():
            run = lock_bulk_run(run_id)
            if run.finished_at is None:
                with override(run.language):
                    _work_piece(actor, run)
        done += 1
        if run.finished_at is not None or done == pieces:
            return run


def left_runs() -> list[BulkRun]:
    """Runs whose process was killed, or that wait for a worker still."""
    left = BulkRun.objects.filter(finished_at=None, updated_at__lt=now() - LEFT_AFTER)
    return list(left.only("pk", "user_id"))


def _work_piece(actor: Actor, run: BulkRun) -> None:
    ids = run.order_ids[run.done_qty : run.done_qty + PIECE]
    try:
        with transaction.atomic():
            outcome = _apply(actor, run.action, run.params, ids)
    except Busy:
        raise
    except CommandaError as error:  # impossible as a whole since it was asked for: the state or the agent is gone
        outcome = Outcome([], [(pk, str(error)) for pk in ids])
    run.done_qty += len(ids)
    run.changed_qty += len(outcome.changed)
    run.refused = [*run.refused, *([pk, text] for pk, text in outcome.refused)]
    run.updated_at = now()
    if run.done_qty >= len(run.order_ids):
        run.finished_at = run.updated_at
    run.save(update_fields=["done_qty", "changed_qty", "refused", "updated_at", "finished_at"])


def _apply(actor: Actor, action: str, params: Mapping[str, Any], ids: list[int]) -> Outcome:
    if action == Action.MOVE:
        return _move(actor, params, ids)
    if action == Action.ASSIGN:
        changed = assign_orders(actor=actor, order_ids=ids, agent_id=params.get("agent"))
    elif action in (Action.TAG, Action.UNTAG):
        side = "add" if action == Action.TAG else "remove"
        return _tag(actor, ids, **{side: list(params.get("tags", ()))})
    else:
        raise Invalid(_("Choose what to do with the orders."), field="action", code="unknown_action")
    return Outcome(changed, _not_theirs(actor, ids))


def _move(actor: Actor, params: Mapping[str, Any], ids: list[int]) -> Outcome:
    to = str(params.get("to", ""))
    before = dict(Order.objects.filter(pk__in=ids).values_list("pk", "state__slug"))
    results = transition_orders(
        actor=actor,
        order_ids=ids,
        to=to,
        reason=str(params.get("reason", "")),
        reason_text=str(params.get("reason_text", "")),
    )
    refused = [(result.order_id, str(result.error)) for result in results if result.error is not None]
    stayed = {pk for pk, _text in refused} | {pk for pk, slug in before.items() if slug == to}
    return Outcome([pk for pk in ids if pk not in stayed], refused)


def _tag(actor: Actor, ids: list[int], **sides: list[str]) -> Outcome:
    """All at once; one that has too many tags is found on its own and the others go on."""
    try:
        with transaction.atomic():
            return Outcome(tag_orders(actor=actor, order_ids=ids, **sides), _not_theirs(actor, ids))
    except Busy:
        raise
    except CommandaError as error:
        if len(ids) == 1:
            return Outcome([], [(ids[0], str(error))])
    half = len(ids) // 2
    parts = [_tag(actor, ids[:half], **sides), _tag(actor, ids[half:], **sides)]
    return Outcome([pk for part in parts for pk in part.changed], [each for part in parts for each in part.refused])


def _not_theirs(actor: Actor, ids: list[int]) -> list[tuple[int, str]]:
    seen = set(Order.objects.visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
    return [(pk, str(_("You may not see this order any more."))) for pk in ids if pk not in seen]
