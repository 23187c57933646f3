"""How long delivered orders took for each stage of their way."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from commanda.insights.kpis import sees_all_orders
from commanda.insights.measures import Dimension
from commanda.insights.statements import Basis
from commanda.intake.models import StagedRow
from commanda.kernel.actor import Actor
from commanda.orders.models import Order, OrderLine
from commanda.orders.stages import Stage
from commanda.reports.query import ReportQuery
from commanda.shipping.models import Parcel

_DAY: Final = timedelta(days=1)
_CONTACT: Final = Least("contacted_at", "confirmed_at")
STAGES: Final = (
    ("to_contact", _("Order to first contact"), F("created_at"), _CONTACT),
    ("to_confirmed", _("First contact to confirmation"), _CONTACT, F("confirmed_at")),
    ("to_shipped", _("Confirmation to shipping"), F("confirmed_at"), F("shipped_at")),
    ("to_delivered", _("Shipping to delivery"), F("shipped_at"), F("delivered_at")),
)
WHOLE: Final = ("whole", _("Order to delivery"), F("created_at"), F("delivered_at"))


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage: how many orders went through it, days on average (None without any), its part of the whole way."""

    slug: str
    label: Any
    orders: int
    days: Decimal | None
    share: Decimal | None


def stage_times(actor: Actor, query: ReportQuery) -> tuple[list[StageTime], StageTime]:
    """The stages, and the whole way. One statement. An order that skipped a stage counts in the others."""
    sums: dict[str, Any] = {}
    for slug, _label, begins, ends in (*STAGES, WHOLE):
        sums[f"{slug}_days"] = Avg(ends - begins)
        sums[f"{slug}_orders"] = Count(ends - begins)
    found = _delivered(actor, query).aggregate(**sums)
    whole = _stage(WHOLE[0], WHOLE[1], found, None)
    return [_stage(slug, label, found, whole.days) for slug, label, _begins, _ends in STAGES], whole


def _stage(slug: str, label: Any, found: dict[str, Any], whole: Decimal | None) -> StageTime:
    taken: timedelta | None = found[f"{slug}_days"]
    days = None if taken is None else (Decimal(str(taken.total_seconds())) / Decimal(str(_DAY.total_seconds())))
    share = days / whole if days is not None and whole else None
    return StageTime(slug, label, found[f"{slug}_orders"], days, share)


def _delivered(actor: Actor, query: ReportQuery) -> QuerySet[Order]:
    """The delivered orders that the figures of the query count."""
    rows = Order.objects.all() if sees_all_orders(actor) else Order.objects.visible_to(actor)
    stamp = "delivered_at" if query.basis is Basis.EVENT else "created_at"
    start, end = query.period.instants
    rows = rows.filter(**{"stage": Stage.DELIVERED, f"{stamp}__gte": start, f"{stamp}__lt": end}).order_by()
    for dimension, key in query.filters.items():
        rows = rows.filter(_condition(dimension, key))
    return rows


_FIELDS: Final = {
    Dimension.AGENT: "assignee_id",
    Dimension.PLATFORM: "platform",
    Dimension.CITY: "city_id",
    Dimension.CHANNEL: "channel",
    Dimension.STORE: "store_id",
}


def _condition(dimension: Dimension, key: Any) -> Q:
    order = OuterRef("pk")
    if dimension is Dimension.PRODUCT:
        return Q(Exists(OrderLine.objects.filter(order=order, variant__product_id=key)))
    if dimension in {Dimension.CARRIER, Dimension.SOURCE}:
        rows = (
            Parcel.objects.filter(order=order, is_current=True)
            if dimension is Dimension.CARRIER
            else StagedRow.objects.filter(order=order)
        )
        name = "carrier_id" if dimension is Dimension.CARRIER else "source_id"
        return ~Q(Exists(rows)) if key is None else Q(Exists(rows.filter(**{name: key})))
    field = _FIELDS[dimension]
    return Q(**{f"{field}__isnull": True}) if key is None else Q(**{field: key})
