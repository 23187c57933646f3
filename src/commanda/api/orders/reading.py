"""Reading orders: the list, one order and what hangs on it. An order that is not yours answers 404."""

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query

from commanda.accounts.permissions import Perm
from commanda.api.auth import ApiRequest
from commanda.api.orders.answers import CommentOut, EventOut, OrderOut, comment_out, order_out
from commanda.api.orders.resolving import REFERENCE, phone_of, pk_of
from commanda.api.orders.router import router
from commanda.api.orders.schemas import HistoryFilters, OrderListFilters
from commanda.api.replies import ListOf, Page, reply
from commanda.audit.models import Event
from commanda.audit.selectors import events_of
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.pagination import keyset_page
from commanda.kernel.visibility import FieldClass, may_see, visible_changes
from commanda.orders.filters import OrderFilters
from commanda.orders.models import Order
from commanda.orders.selectors import comments_of, find_orders, get_order, with_lines_and_people
from commanda.privacy.services.note_access import note_access

# A comment or a call of its own stands behind these.
TOLD_ELSEWHERE = frozenset({"order.commented"})


@router.get("/orders", response=Page[OrderOut], summary="List orders")
def list_orders(request: ApiRequest, filters: Query[OrderListFilters]) -> HttpResponse:
    """The orders the key's owner may see. To keep a copy up to date, ask with `updated_since` and follow the cursor."""
    request.actor.require(Perm.ORDERS_VIEW)
    page = keyset_page(
        _narrowed(request.actor, filters).select_related("reason"),
        order=("updated_at", "id") if filters.updated_since else ("-id",),
        cursor=filters.cursor,
        size=filters.limit,
        is_strict=True,
    )
    note_access(actor=request.actor, kind="listed", customer_ids=[order.customer_id for order in page])
    items = [order_out(request.actor, order) for order in page]
    return reply(Page[OrderOut](items=items, next_cursor=page.next_cursor))


@router.get("/orders/{reference}", response=OrderOut, summary="One order")
def one_order(request: ApiRequest, reference: str) -> HttpResponse:
    """An order by its reference, like `CM-000123`."""
    request.actor.require(Perm.ORDERS_VIEW)
    wanted = reference.upper()
    if not REFERENCE.match(wanted):
        raise NotFound
    order = get_order(request.actor, wanted)
    note_access(actor=request.actor, kind="opened", customer_ids=[order.customer_id])
    return reply(order_out(request.actor, order))


@router.get("/orders/{reference}/comments", response=ListOf[CommentOut], summary="Comments of an order")
def list_comments(request: ApiRequest, reference: str) -> HttpResponse:
    """Internal notes, newest first."""
    request.actor.require(Perm.ORDERS_VIEW)
    pk, _reference = pk_of(request.actor, reference)
    return reply(ListOf[CommentOut](items=[comment_out(row) for row in comments_of(pk)]))


@router.get("/orders/{reference}/events", response=Page[EventOut], summary="History of an order")
def list_events(request: ApiRequest, reference: str, filters: Query[HistoryFilters]) -> HttpResponse:
    """Who changed what, from what to what, newest first. It cannot be rewritten."""
    request.actor.require(Perm.ORDERS_VIEW)
    pk, _reference = pk_of(request.actor, reference)
    rows = events_of("order", pk).exclude(name__in=TOLD_ELSEWHERE)
    page = keyset_page(rows, order=("-id",), cursor=filters.cursor, size=filters.limit, is_strict=True)
    items = [_event(request.actor, event) for event in page]
    return reply(Page[EventOut](items=items, next_cursor=page.next_cursor))


def _event(actor: Actor, event: Event) -> EventOut:
    return EventOut(
        id=event.pk,
        at=event.at,
        name=event.name,
        actor=event.actor_name,
        source=event.source,
        reason=event.reason,
        changes=visible_changes(actor, "orders.Order", event.changes),
    )


def _narrowed(actor: Actor, filters: OrderListFilters) -> QuerySet[Order]:
    if (filters.phone or filters.q) and not may_see(actor, FieldClass.PERSONAL):
        # Finding a client by phone or name tells who they are.
        actor.require(Perm.CUSTOMERS_VIEW)
    rows = find_orders(
        actor,
        OrderFilters(
            q=filters.q,
            stage=filters.stage.value if filters.stage else "",
            state=filters.state,
            agent=str(actor.user_id) if filters.assignee == "me" else filters.assignee,
            channel=filters.channel.value if filters.channel else "",
            platform=filters.platform,
            tag=filters.tag,
            sku=filters.product_sku,
            phone_e164=phone_of(filters.phone, "phone") if filters.phone else "",
            created_from=filters.created_from,
            created_to=filters.created_to,
            updated_since=filters.updated_since,
        ),
    )
    return with_lines_and_people(rows)
