"""What clients get about orders. Personal data only for those who may see clients; costs for nobody."""

from datetime import date, datetime
from typing import Any

from commanda.api.fields import Instant, Money, Out
from commanda.api.problems import Problem
from commanda.confirmation.models import Call
from commanda.kernel.actor import Actor
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.models import Order, OrderComment, OrderLine
from commanda.orders.utm import UTM_NAMES


class PersonOut(Out):
    """Somebody of the team."""

    id: int
    name: str


class StateRef(Out):
    """Where the order stands."""

    slug: str
    stage: str
    label: str


class ReasonRef(Out):
    """Why it was cancelled or returned."""

    slug: str | None
    text: str


class ClientOut(Out):
    """Who ordered."""

    name: str
    phone: str
    phone2: str
    address: str
    note: str


class LineOut(Out):
    """A line; name and SKU as they were when ordered."""

    id: int
    variant_id: int
    sku: str
    label: str
    quantity: int
    unit_price_amount: Money
    total_amount: Money
    is_upsell: bool


class OrderOut(Out):
    """An order. `client` is null for those who may not see clients."""

    id: int
    reference: str
    store: str
    channel: str
    platform: str
    campaign: str
    utm_source: str
    utm_medium: str
    utm_content: str
    utm_term: str
    state: StateRef
    reason: ReasonRef | None
    assignee: PersonOut | None
    client: ClientOut | None
    city: str | None
    city_text: str
    tags: list[str]
    lines: list[LineOut]
    discount_amount: Money
    delivery_amount: Money
    total_amount: Money
    possible_duplicate_of_id: int | None
    is_editable: bool
    promised_on: date | None
    created_at: Instant
    contacted_at: Instant | None
    confirmed_at: Instant | None
    shipped_at: Instant | None
    delivered_at: Instant | None
    returned_at: Instant | None
    cancelled_at: Instant | None
    updated_at: Instant


class Receipt(Out):
    """What a write did; GET the order for the rest."""

    id: int
    reference: str
    total_amount: Money
    possible_duplicate_of_id: int | None
    updated_at: Instant


class Receipts(Out):
    """One receipt for each order sent, in the same order."""

    items: list[Receipt]


class Moved(Out):
    """The order is now in this state."""

    id: int
    reference: str
    state: str


class MoveResultOut(Out):
    """What came of one order: `problem` is null when it is now in the state."""

    id: int | None
    reference: str | None
    problem: Problem | None


class MoveResults(Out):
    """One result for each order named, in the same order."""

    moved: int
    failed: int
    results: list[MoveResultOut]


class CommentOut(Out):
    """An internal note."""

    id: int
    author: PersonOut | None
    text: str
    created_at: Instant


class CallOut(Out):
    """One contact with the client."""

    id: int
    agent: PersonOut | None
    medium: str
    outcome: str
    is_answered: bool
    comment: str
    next_action_at: Instant | None
    called_at: Instant


class CallLogged(Out):
    """The call is logged; `next_action_at` is when the client is to be called again, null for never."""

    id: int
    state: str
    next_action_at: Instant | None
    is_exhausted: bool
    is_for_supervisor: bool


class EventOut(Out):
    """One fact of the order's history. `changes` maps a field to [old, new], or to a plain value."""

    id: int
    at: Instant
    name: str
    actor: str
    source: str
    reason: str
    changes: dict[str, Any]


class Made(Out):
    """A new entry."""

    id: int
    created_at: datetime


def order_out(actor: Actor, order: Order) -> OrderOut:
    """The schema of an order read by `find_orders` or `get_order`."""
    return OrderOut(
        id=order.pk,
        reference=order.reference,
        store=order.store.prefix,
        channel=order.channel,
        platform=order.platform,
        campaign=order.campaign,
        **{f"utm_{name}": (order.utm or {}).get(name, "") for name in UTM_NAMES},
        state=StateRef(slug=order.state.slug, stage=order.stage, label=order.state.label),
        reason=_reason(order),
        assignee=PersonOut(id=order.assignee.pk, name=order.assignee.name) if order.assignee else None,
        client=_client(order) if may_see(actor, FieldClass.PERSONAL) else None,
        city=order.city.name_fr if order.city else None,
        city_text=order.city_text,
        tags=order.tags,
        lines=[_line(line) for line in order.lines.all()],
        discount_amount=order.discount_amount,
        delivery_amount=order.delivery_amount,
        total_amount=order.total_amount,
        possible_duplicate_of_id=order.possible_duplicate_of_id,
        is_editable=order.is_editable,
        promised_on=order.promised_on,
        created_at=order.created_at,
        contacted_at=order.contacted_at,
        confirmed_at=order.confirmed_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        returned_at=order.returned_at,
        cancelled_at=order.cancelled_at,
        updated_at=order.updated_at,
    )


def _reason(order: Order) -> ReasonRef | None:
    if order.reason_id is None and not order.reason_text:
        return None
    return ReasonRef(slug=order.reason.slug if order.reason else None, text=order.reason_text)


def _client(order: Order) -> ClientOut:
    return ClientOut(
        name=order.customer_name,
        phone=order.phone_e164,
        phone2=order.phone2_e164,
        address=order.address,
        note=order.note,
    )


def _line(line: OrderLine) -> LineOut:
    return LineOut(
        id=line.pk,
        variant_id=line.variant_id,
        sku=line.sku,
        label=line.label,
        quantity=line.quantity,
        unit_price_amount=line.unit_price_amount,
        total_amount=line.total_amount,
        is_upsell=line.is_upsell,
    )


def receipt_of(order: Order) -> Receipt:
    """What to say about an order just written."""
    return Receipt(
        id=order.pk,
        reference=order.reference,
        total_amount=order.total_amount,
        possible_duplicate_of_id=order.possible_duplicate_of_id,
        updated_at=order.updated_at,
    )


def comment_out(comment: OrderComment) -> CommentOut:
    """The schema of a comment read with its author."""
    author = PersonOut(id=comment.author.pk, name=comment.author.name) if comment.author else None
    return CommentOut(id=comment.pk, author=author, text=comment.text, created_at=comment.created_at)


def call_out(call: Call) -> CallOut:
    """The schema of a call read with its agent and outcome."""
    return CallOut(
        id=call.pk,
        agent=PersonOut(id=call.agent.pk, name=call.agent.name) if call.agent else None,
        medium=call.medium,
        outcome=call.outcome.slug,
        is_answered=call.is_answered,
        comment=call.comment,
        next_action_at=call.next_action_at,
        called_at=call.called_at,
    )
