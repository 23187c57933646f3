"""Which orders: the one filter that the list, the saved views, the drill-downs, the exports and the API share."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from commanda.catalog.models import Variant
from commanda.kernel.clock import day_range, day_start, now, today
from commanda.kernel.prepared import Param
from commanda.orders.models import Order, OrderLine, StateEntry
from commanda.orders.search import REFERENCE, matching, searchable
from commanda.orders.stages import Stage

__all__ = ["NOBODY", "REFERENCE", "OrderFilters", "apply_filters"]

NOBODY: Final = "none"
# The stage says what has become of the cash, until remittances say it to the dirham.
PAYMENT_STAGES: Final = {
    "expected": (Stage.CONFIRMED, Stage.SHIPPED),
    "collected": (Stage.DELIVERED,),
    "none": (Stage.RETURNED, Stage.CANCELLED),
}
CALLBACKS: Final = ("overdue", "promised")
# Days back from today, first and last: a saved view means the same thing every day.
PERIODS: Final = {"today": (0, 0), "yesterday": (1, 1), "7d": (6, 0), "30d": (29, 0), "90d": (89, 0)}


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """Empty values filter nothing. Days are Moroccan and inclusive; `agent` is an id or "none"; amounts are MAD.

    `entered` is a state that orders came into, on the days of `entered_from` to `entered_to`.
    `tag` may name several, parted by commas: orders that carry all of them.
    """

    q: str = ""
    stage: str = ""
    state: str = ""
    agent: str = ""
    created_by: int | None = None
    product: int | None = None
    variant: int | None = None
    city: int | None = None
    store: int | None = None
    order_type: int | None = None
    source: int | None = None
    channel: str = ""
    platform: str = ""
    campaign: str = ""
    tag: str = ""
    carrier: int | None = None
    tracking: str = ""
    parcel: str = ""
    payment: str = ""
    callback: str = ""
    total_from: Decimal | None = None
    total_to: Decimal | None = None
    attempts_from: int | None = None
    attempts_to: int | None = None
    duplicates: bool = False
    blocked: bool = False
    upsell: bool = False
    noted: bool = False
    no_city: bool = False
    period: str = ""
    created_from: date | None = None
    created_to: date | None = None
    contacted_from: date | None = None
    contacted_to: date | None = None
    confirmed_from: date | None = None
    confirmed_to: date | None = None
    shipped_from: date | None = None
    shipped_to: date | None = None
    delivered_from: date | None = None
    delivered_to: date | None = None
    updated_from: date | None = None
    updated_to: date | None = None
    entered: int | None = None
    entered_from: date | None = None
    entered_to: date | None = None
    phone_e164: str = ""
    sku: str = ""
    updated_since: datetime | None = None

    def active(self, *without: str) -> dict[str, Any]:
        """The filters that narrow, by name."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        # 0 narrows ("no attempt yet"), although Python takes it for False.
        told = {name: value for name, value in values if value is not False and value not in ("", None)}
        return {name: value for name, value in told.items() if name not in without}

    @property
    def is_lasting(self) -> bool:
        """Its condition stays the same all day: no product whose variants are looked up first, no word to be found."""
        return not (self.q.strip() or self.product)

    @property
    def active_count(self) -> int:
        """How many filters narrow the list, besides search, stage and state."""
        return len(self.active("q", "stage", "state"))


# Filter → look-up of its value as it is.
_EXACT: Final = {
    "stage": "stage",
    "state": "state__slug",
    "created_by": "created_by_id",
    "city": "city_id",
    "store": "store_id",
    "order_type": "order_type_id",
    "channel": "channel",
    "platform": "platform",
    "campaign": "campaign",
    "phone_e164": "phone_e164",
    "updated_since": "updated_at__gte",
    "total_from": "total_amount__gte",
    "total_to": "total_amount__lte",
    "attempts_from": "queue_entry__attempts__gte",
    "attempts_to": "queue_entry__attempts__lte",
}
_DATES: Final = ("created", "contacted", "confirmed", "shipped", "delivered", "updated")


def apply_filters(rows: QuerySet[Order], filters: OrderFilters, at: datetime | Param | None = None) -> QuerySet[Order]:
    """Narrow the orders, as of `at` (now): what is overdue then."""
    wanted = filters.active()
    rows = rows.filter(**{_EXACT[name]: value for name, value in wanted.items() if name in _EXACT})
    rows = rows.filter(
        _within_dates(wanted), _of_people(filters, at or now()), _of_goods(filters), _of_parcels(filters)
    )
    rows = rows.filter(_marked(filters))
    if filters.entered:
        rows = rows.filter(pk__in=_entered(filters.entered, filters))
    if filters.source:
        rows = rows.filter(Exists(_staged(filters.source)))
    return searchable(rows).filter(matching(filters.q)) if filters.q.strip() else rows


def _within_dates(wanted: dict[str, Any]) -> Q:
    found = Q()
    if days := PERIODS.get(wanted.get("period", "")):
        first, last = (today() - timedelta(days=back) for back in days)
        found &= Q(created_at__gte=day_start(first), created_at__lt=day_range(last, last)[1])
    for name in _DATES:
        if begin := wanted.get(f"{name}_from"):
            found &= Q(**{f"{name}_at__gte": day_start(begin)})
        if end := wanted.get(f"{name}_to"):
            found &= Q(**{f"{name}_at__lt": day_range(end, end)[1]})
    return found


def _of_people(filters: OrderFilters, at: datetime | Param) -> Q:
    found = Q()
    if filters.agent:
        found &= Q(assignee=None) if filters.agent == NOBODY else Q(assignee_id=int(filters.agent))
    if filters.callback in CALLBACKS:
        found &= Q(queue_entry__is_callback=True)
        if filters.callback == "overdue":
            found &= Q(queue_entry__due_at__lte=at)
    return found


def _of_goods(filters: OrderFilters) -> Q:
    found = Q()
    if filters.product:
        # The variants by name, not by a join: the lines of a product are then one stretch of an index.
        variants = list(Variant.objects.filter(product_id=filters.product).values_list("pk", flat=True))
        found &= Q(Exists(_lines(variant_id__in=variants)))
    if filters.variant:
        found &= Q(Exists(_lines(variant_id=filters.variant)))
    if filters.sku:
        found &= Q(Exists(_lines(sku=filters.sku)))
    if filters.upsell:
        found &= Q(Exists(_lines(is_upsell=True)))
    return found


def _of_parcels(filters: OrderFilters) -> Q:
    """All of them must hold for one and the same parcel."""
    wanted: dict[str, Any] = {}
    if filters.carrier:
        wanted["parcels__carrier_id"] = filters.carrier
    if filters.parcel:
        wanted["parcels__status"] = filters.parcel
    if filters.tracking:
        wanted["parcels__tracking_number"] = filters.tracking.strip().upper()
    elif wanted:
        wanted["parcels__is_current"] = True
    return Q(**wanted)


def _marked(filters: OrderFilters) -> Q:
    found = Q()
    tags = [tag for tag in (part.strip() for part in filters.tag.split(",")) if tag]
    if tags:
        found &= Q(tags__contains=tags)
    if filters.payment in PAYMENT_STAGES:
        found &= Q(stage__in=PAYMENT_STAGES[filters.payment])
    if filters.duplicates:
        found &= Q(possible_duplicate_of__isnull=False)
    if filters.blocked:
        found &= Q(customer__is_blocked=True)
    if filters.noted:
        found &= ~Q(note="")
    if filters.no_city:
        found &= Q(city=None)
    return found


def _entered(state_id: int, filters: OrderFilters) -> QuerySet[StateEntry, int]:
    """Orders that first came into the state within the days."""
    found = StateEntry.objects.filter(state_id=state_id)
    if filters.entered_from:
        found = found.filter(at__gte=day_start(filters.entered_from))
    if filters.entered_to:
        found = found.filter(at__lt=day_range(filters.entered_to, filters.entered_to)[1])
    return found.values_list("order_id", flat=True)


def _lines(**wanted: Any) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(order_id=OuterRef("pk"), **wanted)


def _staged(source_id: int) -> QuerySet[Any]:
    """The rows of a source that became the order; by the relation's name, since intake stands above us."""
    staged = Order._meta.get_field("staged_rows").related_model
    return staged._default_manager.filter(order_id=OuterRef("pk"), source_id=source_id)
