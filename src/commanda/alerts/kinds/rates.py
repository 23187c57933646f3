"""What the kinds about rates share: a rate by product, city, carrier or agent, judged once there are enough orders."""

from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from commanda.alerts.kinds.base import FEWER, MARGIN, Area, Cadence, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.insights.compute import Figures, grouped
from commanda.insights.measures import Dimension
from commanda.insights.periods import last_days
from commanda.insights.statements import Basis
from commanda.kernel.actor import system_actor


class RateKind(Kind):
    """A rate beyond its limit. What happened within the days counts, whenever the orders were created."""

    rate: ClassVar[str]
    base: ClassVar[str]
    part: ClassVar[str]
    area = Area.ORDERS
    sight = Sight.RESULTS
    unit = Unit.RATIO
    cadence = Cadence.HOURLY
    default_days = 30
    numbers = {"part": Unit.COUNT, "orders": Unit.COUNT, "days": Unit.COUNT}
    dimensions: ClassVar[tuple[Dimension, ...]] = (
        Dimension.PRODUCT,
        Dimension.CITY,
        Dimension.CARRIER,
        Dimension.AGENT,
    )

    def find(self, terms: Terms) -> list[Finding]:
        dimension = Dimension(terms.dimension)
        rows = grouped(
            system_actor(),
            last_days(terms.days),
            (dimension,),
            kpis=(self.rate, self.base, self.part),
            basis=Basis.EVENT,
        )
        found = (self._finding(dimension, key[0], row, terms) for key, row in rows.items() if key[0] is not None)
        return [finding for finding in found if finding is not None]

    def _finding(self, dimension: Dimension, key: int, row: Figures, terms: Terms) -> Finding | None:
        rate, base = row[self.rate], row[self.base] or Decimal(0)
        limit, fewest = terms.limits["rate"], terms.limits["orders"]
        if rate is None or base * FEWER < fewest or not self._is_beyond(rate, limit, MARGIN):
            return None
        return Finding(
            key=f"{dimension.value}:{key}",
            value=rate,
            limit=limit,
            opens=base >= fewest and self._is_beyond(rate, limit),
            things={dimension.value: key},
            owner_ids=(key,) if dimension is Dimension.AGENT else (),
            extra={"orders": f"{base:f}", "part": f"{row[self.part] or 0:f}", "days": str(terms.days)},
        )

    def _is_beyond(self, rate: Decimal, limit: Decimal, margin: Decimal = Decimal(0)) -> bool:
        return rate < limit * (1 + margin) if self.is_worse_below else rate > limit * (1 - margin)


def rate_limits(label: Any, default: Decimal, counted: Any, fewest: int = 20) -> tuple[Limit, ...]:
    """The limit of the rate, and how many orders it takes to judge."""
    return (
        Limit("rate", label, Unit.RATIO, default, Decimal("0.01"), Decimal("0.99")),
        Limit(
            "orders",
            counted,
            Unit.COUNT,
            Decimal(fewest),
            Decimal(1),
            Decimal(10_000),
            _("With fewer orders a rate says little."),
        ),
    )
