"""Writing orders. Every operation here takes an `Idempotency-Key` and does its work at most once per key."""

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.api.auth import ApiRequest
from commanda.api.idempotency import once
from commanda.api.orders.answers import (
    Made,
    Moved,
    MoveResultOut,
    MoveResults,
    Receipt,
    Receipts,
    receipt_of,
)
from commanda.api.orders.resolving import changed_fields, line_drafts, order_draft, pk_of, skus_in
from commanda.api.orders.router import router
from commanda.api.orders.schemas import (
    CommentIn,
    LinesIn,
    OrderIn,
    OrderPatch,
    OrdersIn,
    TransitionIn,
    TransitionsIn,
)
from commanda.api.problems import problem_of
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Order
from commanda.orders.selectors import references
from commanda.orders.services.annotate import add_comment, tag_orders
from commanda.orders.services.create import create_order, create_orders
from commanda.orders.services.edit import edit_order
from commanda.orders.services.transition import MoveResult, transition_order, transition_orders


@router.post("/orders", response={201: Receipt}, summary="Create an order")
@once(status=201)
def create(request: ApiRequest, payload: OrderIn) -> Receipt:
    """The client is made or updated by phone; the same phone and product within seven days is flagged."""
    request.actor.require(Perm.ORDERS_CREATE)
    skus = skus_in(payload)
    draft = order_draft(request.actor, payload, skus)
    return receipt_of(create_order(actor=request.actor, draft=draft, known=skus.values()))


@router.post("/bulk/orders", response={201: Receipts}, summary="Create up to 200 orders")
@once(status=201)
def create_many(request: ApiRequest, payload: OrdersIn) -> Receipts:
    """All or none: one wrong order and nothing is saved; `field` says which, like `orders.3.phone`."""
    request.actor.require(Perm.ORDERS_CREATE)
    skus = skus_in(*payload.orders)
    drafts = [order_draft(request.actor, order, skus, f"orders.{at}.") for at, order in enumerate(payload.orders)]
    orders = create_orders(actor=request.actor, drafts=drafts, known=skus.values())
    return Receipts(items=[receipt_of(order) for order in orders])


@router.post("/bulk/transitions", response=MoveResults, summary="Move up to 500 orders to a state")
@once()
def move_many(request: ApiRequest, payload: TransitionsIn) -> MoveResults:
    """Each order succeeds or fails on its own, with its own problem."""
    request.actor.require(Perm.ORDERS_EDIT)
    named = _named(request.actor, payload)
    known = list(dict.fromkeys(pk for pk, _reference in named if pk is not None))
    results = transition_orders(
        actor=request.actor,
        order_ids=known,
        to=payload.to,
        reason=payload.reason,
        reason_text=payload.reason_text,
    )
    by_id = {result.order_id: result for result in results}
    rows = [_result(pk, reference, by_id.get(pk) if pk else None) for pk, reference in named]
    failed = sum(row.problem is not None for row in rows)
    return MoveResults(moved=len(rows) - failed, failed=failed, results=rows)


@router.post("/orders/{reference}/transition", response=Moved, summary="Move an order to a state")
@once()
def move(request: ApiRequest, reference: str, payload: TransitionIn) -> Moved:
    """Only moves of the workflow are possible; stock is reserved, shipped, sold or given back with them."""
    request.actor.require(Perm.ORDERS_EDIT)
    pk, reference = pk_of(request.actor, reference)
    transition_order(
        actor=request.actor,
        order_id=pk,
        to=payload.to,
        expected=payload.expected_state or None,
        reason=payload.reason,
        reason_text=payload.reason_text,
    )
    return Moved(id=pk, reference=reference, state=payload.to)


@router.patch("/orders/{reference}", response=Receipt, summary="Change fields of an order")
@once()
def patch(request: ApiRequest, reference: str, payload: OrderPatch) -> Receipt:
    """Only the fields sent change. `tags` replaces all tags."""
    request.actor.require(Perm.ORDERS_EDIT)
    if not payload.model_fields_set:
        raise Invalid(_("Send at least one field to change."), code="nothing_to_change")
    pk, _reference = pk_of(request.actor, reference)
    fields = changed_fields(payload)
    with unit_of_work():
        if payload.tags is not None:
            _set_tags(request.actor, pk, payload.tags)
        if fields:
            return receipt_of(edit_order(actor=request.actor, order_id=pk, fields=fields))
        return receipt_of(Order.objects.visible_to(request.actor).get(pk=pk))


@router.put("/orders/{reference}/lines", response=Receipt, summary="Replace the lines of an order")
@once()
def replace_lines(request: ApiRequest, reference: str, payload: LinesIn) -> Receipt:
    """Possible until the order has left the house; a reservation moves by the difference."""
    request.actor.require(Perm.ORDERS_EDIT)
    pk, _reference = pk_of(request.actor, reference)
    lines = line_drafts(payload.lines, skus_in(payload), "lines")
    return receipt_of(edit_order(actor=request.actor, order_id=pk, lines=lines))


@router.post("/orders/{reference}/comments", response={201: Made}, summary="Comment an order")
@once(status=201)
def comment(request: ApiRequest, reference: str, payload: CommentIn) -> Made:
    """An internal note; it cannot be changed afterwards."""
    request.actor.require(Perm.ORDERS_EDIT)
    pk, _reference = pk_of(request.actor, reference)
    made = add_comment(actor=request.actor, order_id=pk, text=payload.text)
    return Made(id=made.pk, created_at=made.created_at)


def _set_tags(actor: Actor, order_id: int, tags: list[str]) -> None:
    order = Order.objects.visible_to(actor).get(pk=order_id)
    tag_orders(actor=actor, order_ids=[order_id], add=tags, remove=[tag for tag in order.tags if tag not in tags])


def _named(actor: Actor, payload: TransitionsIn) -> list[tuple[int | None, str | None]]:
    """The orders named, as (id, reference); what the actor may not see stays half unknown."""
    if payload.ids:
        known = references(actor, payload.ids)
        return [(pk, known.get(pk)) for pk in payload.ids]
    wanted = [reference.upper() for reference in payload.references]
    rows = Order.objects.visible_to(actor).filter(reference__in=wanted).values_list("reference", "pk")
    ids = dict(rows)
    return [(ids.get(reference), reference) for reference in wanted]


def _result(pk: int | None, reference: str | None, result: MoveResult | None) -> MoveResultOut:
    error = result.error if result else NotFound()
    return MoveResultOut(id=pk, reference=reference, problem=problem_of(error) if error else None)
