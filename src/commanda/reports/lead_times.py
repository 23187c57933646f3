"""How long delivered orders took for each stage of their way: sums of insights, under the filters and rights of all."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.insights.compute import limit_for, parameters_of
from commanda.insights.measures import MEASURES, ORDERS, Measure
from commanda.insights.statements import statement
from commanda.kernel.actor import Actor
from commanda.kernel.replica import from_replica, reading
from commanda.reports.parts import DAY_SECONDS
from commanda.reports.query import ReportQuery

_CONTACT: Final = "LEAST(o.contacted_at, o.confirmed_at)"


def _between(begins: str, ends: str) -> tuple[Measure, Measure]:
    """The seconds from one instant to the other, and how many delivered orders have both."""
    condition = f"o.stage = 'delivered' AND {begins} IS NOT NULL AND {ends} IS NOT NULL"
    seconds = f"extract(epoch FROM {ends} - {begins})"
    return (
        Measure("seconds", ORDERS, seconds, condition, "o.delivered_at"),
        Measure("orders", ORDERS, "1", condition, "o.delivered_at"),
    )


# The stages, and last the whole way, which is what the lead time is made of.
STAGES: Final = (
    (_("Order to first contact"), _between("o.created_at", _CONTACT)),
    (_("First contact to confirmation"), _between(_CONTACT, "o.confirmed_at")),
    (_("Confirmation to shipping"), _between("o.confirmed_at", "o.shipped_at")),
    (_("Shipping to delivery"), _between("o.shipped_at", "o.delivered_at")),
    (_("Order to delivery"), (MEASURES["lead_seconds"], MEASURES["delivered"])),
)


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage: how many orders went through it, days on average (None without any), its part of the whole way."""

    label: Any
    orders: int
    days: Decimal | None
    share: Decimal | None


@from_replica
def stage_times(actor: Actor, query: ReportQuery) -> tuple[list[StageTime], StageTime]:
    """The stages, and the whole way. One statement. An order that skipped a stage counts in the others."""
    measures = [measure for _label, pair in STAGES for measure in pair]
    limit = limit_for(actor, ORDERS, query.view)
    sql, parameters = statement(ORDERS, measures, by=(), filters=query.filters, basis=query.basis, limit=limit)
    with reading().cursor() as cursor:
        cursor.execute(sql, {**parameters_of(actor, query.period), **parameters})
        sums = cursor.fetchone() or ()
    taken = list(zip(sums[::2], sums[1::2], strict=True))
    whole = _days(*taken[-1])
    times = [
        StageTime(label, int(orders or 0), days, days / whole if days is not None and whole else None)
        for (label, _pair), (seconds, orders) in zip(STAGES, taken, strict=True)
        for days in [_days(seconds, orders)]
    ]
    return times[:-1], times[-1]


def _days(seconds: Decimal | None, orders: int | None) -> Decimal | None:
    return Decimal(seconds or 0) / (orders * DAY_SECONDS) if orders else None
