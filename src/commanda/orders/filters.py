"""Which orders: the one filter that the list, the drill-downs, the exports and the API share."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from commanda.catalog.models import Variant
from commanda.kernel.clock import day_range, day_start
from commanda.kernel.text import fold, western_digits
from commanda.orders.models import Order, OrderLine

NOBODY = "none"
REFERENCE = re.compile(r"^[a-z]{0,4}-?0*(\d{1,12})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """Empty values filter nothing. Days are Moroccan and inclusive; `agent` is an id or "none"."""

    q: str = ""
    stage: str = ""
    state: str = ""
    agent: str = ""
    product: int | None = None
    variant: int | None = None
    city: int | None = None
    channel: str = ""
    platform: str = ""
    tag: str = ""
    carrier: int | None = None
    duplicates: bool = False
    created_from: date | None = None
    created_to: date | None = None
    delivered_from: date | None = None
    delivered_to: date | None = None
    phone_e164: str = ""
    sku: str = ""
    updated_since: datetime | None = None

    @property
    def active_count(self) -> int:
        """How many filters narrow the list, besides search, stage and state."""
        narrowing = (name for name in self.__slots__ if name not in {"q", "stage", "state"})
        return sum(bool(getattr(self, name)) for name in narrowing)


def apply_filters(rows: QuerySet[Order], filters: OrderFilters) -> QuerySet[Order]:
    """Narrow the orders."""
    exact: dict[str, Any] = {
        "stage": filters.stage,
        "state__slug": filters.state,
        "city_id": filters.city,
        "channel": filters.channel,
        "platform": filters.platform,
        "parcels__carrier_id": filters.carrier,
        "phone_e164": filters.phone_e164,
        "updated_at__gte": filters.updated_since,
        "created_at__gte": filters.created_from and day_start(filters.created_from),
        "created_at__lt": filters.created_to and day_range(filters.created_to, filters.created_to)[1],
        "delivered_at__gte": filters.delivered_from and day_start(filters.delivered_from),
        "delivered_at__lt": filters.delivered_to and day_range(filters.delivered_to, filters.delivered_to)[1],
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.carrier:
        rows = rows.filter(parcels__is_current=True)
    if filters.agent:
        rows = rows.filter(assignee=None) if filters.agent == NOBODY else rows.filter(assignee_id=int(filters.agent))
    if filters.tag:
        rows = rows.filter(tags__contains=[filters.tag])
    if filters.duplicates:
        rows = rows.exclude(possible_duplicate_of=None)
    if filters.product or filters.variant:
        wanted = {"variant__product_id": filters.product} if filters.product else {"variant_id": filters.variant}
        rows = rows.filter(Exists(OrderLine.objects.filter(order_id=OuterRef("pk"), **wanted)))
    if filters.sku:
        rows = rows.filter(Exists(OrderLine.objects.filter(order_id=OuterRef("pk"), sku=filters.sku)))
    return rows.filter(_matching(filters.q)) if filters.q.strip() else rows


def _matching(text: str) -> Q:
    """Orders whose reference, phone, client or product answers to what was typed."""
    text = western_digits(text).strip()
    digits = re.sub(r"\D", "", text)
    found = []
    reference = REFERENCE.match(text)
    if reference:
        found.append(Q(pk=int(reference.group(1))))
    is_number = bool(digits) and not re.search(r"[^\W\d_]", text)
    if is_number and len(digits) >= 4:
        found.append(Q(phone_e164__contains=digits.removeprefix("00212").removeprefix("212").lstrip("0")))
    if not is_number:
        words = fold(text).split()
        found.append(reduce(lambda both, word: both & Q(name_folded__contains=word), words, Q(pk__isnull=False)))
        variants = list(_variants_named(text, words)[:200])
        if variants:
            found.append(Q(Exists(OrderLine.objects.filter(order_id=OuterRef("pk"), variant_id__in=variants))))
    return reduce(or_, found, Q(pk__in=[]) if not found else Q(found[0]))


def _variants_named(text: str, words: list[str]) -> QuerySet[Variant, int]:
    named = reduce(lambda both, word: both & Q(product__name_folded__contains=word), words, Q(pk__isnull=False))
    return Variant.objects.filter(Q(sku__iexact=text) | named).values_list("pk", flat=True)
