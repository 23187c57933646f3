"""Reading orders. Everything starts from what the actor may see."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, Final

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import NotFound
from commanda.kernel.prepared import Param, any_of, prepared, reach_of
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.counting import (
    CappedCount,
    Counts,
    capped_count,
    capped_counts,
    counts_of,
    counts_without_filters,
    is_unfiltered,
    without_stage,
)
from commanda.orders.filters import REFERENCE, OrderFilters, apply_filters
from commanda.orders.models import (
    BulkRun,
    ListSettings,
    Order,
    OrderComment,
    OrderLine,
    Reason,
    SavedView,
    State,
    Store,
)
from commanda.orders.stages import Stage

# What is told of a client's past.
HOW_THEY_ENDED: Final = {
    "total": Count("pk"),
    "delivered": Count("pk", filter=Q(stage=Stage.DELIVERED)),
    "returned": Count("pk", filter=Q(stage=Stage.RETURNED)),
    "cancelled": Count("pk", filter=Q(stage=Stage.CANCELLED)),
}


def _narrowed(actor: Actor, filters: OrderFilters, at: Param | None = None) -> QuerySet[Order]:
    """The visible orders under the filters. Who may not see clients finds no order by name or phone either."""
    rows = Order.objects.visible_to(actor)
    if filters.q.strip() and not may_see(actor, FieldClass.PERSONAL):
        reference = REFERENCE.match(filters.q.strip())
        rows = rows.filter(pk=int(reference.group(1))) if reference else rows.none()
        filters = replace(filters, q="")
    return apply_filters(rows, filters, at)


def find_orders(actor: Actor, filters: OrderFilters) -> QuerySet[Order]:
    """The orders of a list, newest first; the caller says what else a row shows."""
    return _narrowed(actor, filters).order_by("-id")


def find_counted(actor: Actor, filters: OrderFilters, counts: Counts, state_ids: Collection[int]) -> QuerySet[Order]:
    """As `find_orders`; by their ids where `counts`, of the same filters, had to find these. A rare name is looked for
    once then, and never from the newest order on.

    `state_ids`: what the filters' stage and state stand for.
    """
    if counts.ids is None:
        return find_orders(actor, filters)
    wanted = state_ids if filters.stage or filters.state else counts.ids
    return Order.objects.visible_to(actor).filter(pk__in=counts.newest(wanted)).order_by("-id")


def with_lines_and_people(rows: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with state, city, people, store and lines; three more queries for any number of rows."""
    lines = Prefetch("lines", OrderLine.objects.select_related("variant__product").order_by("id"))
    return rows.select_related("state", "city", "assignee", "store").prefetch_related(lines)


def order_fields(order_ids: list[int], *fields: str) -> dict[int, dict[str, Any]]:
    """Order id → these fields of it, by the ORM's names, the id among them; for orders that the actor may see."""
    return {row["id"]: row for row in _fields_of(*fields).all(orders=order_ids)} if order_ids else {}


@prepared
def _fields_of(*fields: str) -> QuerySet[Order, Any]:
    rows: QuerySet[Order, Any] = Order.objects.filter(any_of("pk", "orders")).order_by().values(*fields)
    return rows


def line_texts(order_ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    """Order id → quantity and label of each of its lines, in their order; for orders that the actor may see."""
    found: dict[int, list[tuple[int, str]]] = {}
    for order_id, quantity, label in _line_texts().all(orders=order_ids):
        found.setdefault(order_id, []).append((quantity, label))
    return found


@prepared
def _line_texts() -> QuerySet[OrderLine, tuple[int, int, str]]:
    rows = OrderLine.objects.filter(any_of("order_id", "orders")).order_by("id")
    return rows.values_list("order_id", "quantity", "label")


def state_counts(actor: Actor, filters: OrderFilters) -> Counts:
    """Orders per state under the filters, their own stage and state left aside; see `counting`."""
    if is_unfiltered(filters):
        return counts_without_filters(actor)
    return counts_of(_narrowed(actor, without_stage(filters)))


def counts_of_views(actor: Actor, views: Sequence[OrderFilters], cap: int) -> list[int]:
    """How many orders each set of filters finds, `cap` at most; one query for all."""
    reach, day = reach_of(actor), today()
    counts = [
        _kept_count(reach, filters, cap, day) if filters.is_lasting else capped_count(_narrowed(actor, filters), cap)
        for filters in views
    ]
    return capped_counts(counts, now=now(), me=actor.user_id)


@lru_cache(maxsize=1024)
def _kept_count(reach: Actor, filters: OrderFilters, cap: int, _day: date) -> CappedCount:
    """Tabs count the same at each look; building their SQL would take longer than counting."""
    return capped_count(_narrowed(reach, filters, at=Param("now")), cap)


def get_order(actor: Actor, reference: str) -> Order:
    """One order by reference with client, state, people and lines. Raises `NotFound`."""
    order = (
        Order.objects.visible_to(actor)
        .select_related(
            "state", "city", "assignee", "created_by", "customer", "store", "reason", "possible_duplicate_of"
        )
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.select_related("variant__product", "variant__level").order_by("id")),
            "lines__components__variant__product",
        )
        .filter(reference=reference.upper())
        .first()
    )
    if order is None:
        raise NotFound
    return order


def comments_of(order_id: int) -> QuerySet[OrderComment]:
    """The comments of an order with their authors, newest first. The caller has checked that the actor may see it."""
    return OrderComment.objects.filter(order_id=order_id).select_related("author").order_by("-id")


def references(actor: Actor, order_ids: list[int]) -> dict[int, str]:
    """Order id → reference, for those the actor may see."""
    return dict(Order.objects.visible_to(actor).filter(pk__in=order_ids).values_list("pk", "reference"))


def other_orders(actor: Actor, order: Order, most: int | None = None) -> list[Order]:
    """The client's other orders the actor may see, newest first; all, or at most so many."""
    return _other_orders(reach_of(actor), most).all(phone=order.phone_e164, order=order.pk, me=actor.user_id)


@prepared
def _other_orders(reach: Actor, most: int | None) -> QuerySet[Order]:
    rows = Order.objects.visible_to(reach).filter(phone_e164=Param("phone")).exclude(pk=Param("order"))
    return rows.select_related("state").order_by("-id")[:most]


def client_record(order: Order) -> dict[str, int]:
    """How the client's other orders ended, counted over all agents and without merged ones, which are no orders."""
    return _record_of().first(phone=order.phone_e164, order=order.pk) or dict.fromkeys(HOW_THEY_ENDED, 0)


@prepared
def _record_of() -> Any:
    others = Order.objects.filter(phone_e164=Param("phone"), merged_into=None).exclude(pk=Param("order"))
    return others.order_by().values("phone_e164").annotate(**HOW_THEY_ENDED).values(*HOW_THEY_ENDED)


def sums(actor: Actor, filters: OrderFilters) -> dict[str, object]:
    """How many orders the filters find and their total, MAD."""
    rows = _narrowed(actor, filters).order_by()
    return rows.aggregate(number=Count("pk"), total_amount=Sum("total_amount"))


def states() -> QuerySet[State]:
    """The active states of the default workflow, in order."""
    return State.objects.filter(workflow__is_default=True, is_active=True)


def every_state() -> QuerySet[State]:
    """All states of the default workflow, those out of use too, in order."""
    return State.objects.filter(workflow__is_default=True)


def reasons(kind: str = "") -> QuerySet[Reason]:
    """The active reasons, of one kind or all."""
    rows = Reason.objects.filter(is_active=True)
    return rows.filter(kind=kind) if kind else rows


def stores() -> QuerySet[Store]:
    """Stores that take orders."""
    return Store.objects.filter(is_active=True)


def ordered_products() -> QuerySet[Product]:
    """Products for a filter's choice, by name."""
    return Product.objects.order_by("name").only("pk", "name")


def reason_labels() -> dict[str, str]:
    """Reason slug → label in the reader's language."""
    return {reason.slug: reason.label for reason in Reason.objects.all()}


def orders_of_customer(actor: Actor, customer_id: int) -> QuerySet[Order]:
    """A client's orders the actor may see, newest first."""
    return (
        Order.objects.visible_to(actor)
        .filter(customer_id=customer_id)
        .select_related("state", "assignee")
        .prefetch_related("lines")
        .order_by("-id")
    )


def numbers_of_customers(actor: Actor, customer_ids: list[int]) -> dict[int, dict[str, int]]:
    """Client id → how many orders, delivered and returned, among those the actor may see; one query."""
    rows = (
        Order.objects.visible_to(actor)
        .filter(customer_id__in=customer_ids)
        .order_by()
        .values("customer_id")
        .annotate(
            total=Count("pk"),
            delivered=Count("pk", filter=Q(stage=Stage.DELIVERED)),
            returned=Count("pk", filter=Q(stage=Stage.RETURNED)),
        )
    )
    return {row["customer_id"]: {name: row[name] for name in ("total", "delivered", "returned")} for row in rows}


def stores_with_numbers() -> QuerySet[Store]:
    """All stores with `orders_number`."""
    return Store.objects.annotate(orders_number=Count("orders")).order_by("pk")


def get_store(store_id: int) -> Store:
    """One store. Raises `NotFound`."""
    store = Store.objects.filter(pk=store_id).first()
    if store is None:
        raise NotFound
    return store


def get_bulk_run(actor: Actor, run_id: int) -> BulkRun:
    """An own bulk action. Raises `NotFound`."""
    run = BulkRun.objects.visible_to(actor).filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


def list_settings(actor: Actor) -> ListSettings:
    """How the person likes the list; the usual settings for who never chose."""
    if actor.user_id is None:
        return ListSettings()
    return _settings_of().first(user=actor.user_id) or ListSettings(user_id=actor.user_id)


@prepared
def _settings_of() -> QuerySet[ListSettings]:
    return ListSettings.objects.filter(user_id=Param("user"))


def saved_views(actor: Actor) -> list[SavedView]:
    """The views the actor has saved and those of others for everybody, in their order."""
    return _views_of(reach_of(actor)).all(me=actor.user_id)


@prepared
def _views_of(reach: Actor) -> QuerySet[SavedView]:
    return SavedView.objects.visible_to(reach).select_related("owner")


def cancel_reasons() -> list[Reason]:
    """The active reasons for cancelling."""
    return _reasons_of().all(kind=Reason.Kind.CANCEL)


@prepared
def _reasons_of() -> QuerySet[Reason]:
    return Reason.objects.filter(is_active=True, kind=Param("kind"))
