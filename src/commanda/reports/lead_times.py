"""How long delivered orders took for each stage of their way: sums of insights, under the filters and rights of all."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.insights.compute import plain_sums
from commanda.insights.measures import MEASURES
from commanda.kernel.actor import Actor
from commanda.kernel.replica import from_replica
from commanda.reports.parts import DAY_SECONDS
from commanda.reports.query import ReportQuery

# The stages, and last the whole way, which is what the lead time is made of: the seconds, and of how many orders.
STAGES: Final = (
    (_("Order to first contact"), "contacting_seconds", "contacting_orders"),
    (_("First contact to confirmation"), "confirming_seconds", "confirming_orders"),
    (_("Confirmation to shipping"), "packing_seconds", "packing_orders"),
    (_("Shipping to delivery"), "carrying_seconds", "carrying_orders"),
    (_("Order to delivery"), "lead_seconds", "delivered"),
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
    measures = [MEASURES[slug] for _label, *pair in STAGES for slug in pair]
    sums = plain_sums(actor, query.period, measures, filters=query.filters, basis=query.basis, view=query.view)
    whole = _days(sums["lead_seconds"], sums["delivered"])
    times = [
        StageTime(label, int(sums[orders]), days, days / whole if days is not None and whole else None)
        for label, seconds, orders in STAGES
        for days in [_days(sums[seconds], sums[orders])]
    ]
    return times[:-1], times[-1]


def _days(seconds: Decimal, orders: Decimal) -> Decimal | None:
    return Decimal(seconds) / (Decimal(orders) * DAY_SECONDS) if orders else None
