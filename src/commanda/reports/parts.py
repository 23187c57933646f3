"""What a figure is made of, in words: the sums of a KPI, most of which are KPIs themselves."""

from collections.abc import Collection
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.insights.drill import can_drill
from commanda.insights.kpis import KPIS, Kpi, Unit, View
from commanda.insights.measures import MEASURES, Dimension, Measure

DAY_SECONDS: Final = 86_400
# The sums that are no KPI, and those that are only a part of the KPI of their name.
_LABELS: Final[dict[str, tuple[Any, Unit]]] = {
    "first_orders": (_("First orders kept"), Unit.COUNT),
    "promised": (_("Delivered with a promised day"), Unit.COUNT),
    "on_time": (_("Delivered by the promised day"), Unit.COUNT),
    "lead_seconds": (_("Days from order to delivery"), Unit.DAYS),
    "answered": (_("Answered calls"), Unit.COUNT),
    "expenses": (_("Expenses shared by revenue, or of a product"), Unit.MAD),
    "expenses_by_orders": (_("Expenses shared by delivered orders"), Unit.MAD),
    "commission": (_("Commissions of orders"), Unit.MAD),
    "bonus": (_("Bonuses"), Unit.MAD),
    "called_orders": (_("Orders that were called"), Unit.COUNT),
}


def part_label(measure: Measure) -> Any:
    """What a sum is called."""
    known = _LABELS.get(measure.slug)
    return known[0] if known else KPIS[measure.slug].label if measure.slug in KPIS else measure.slug


def part_unit(measure: Measure) -> Unit:
    """How a sum is written. Seconds are written as days: divide them by `DAY_SECONDS`."""
    known = _LABELS.get(measure.slug)
    return known[1] if known else KPIS[measure.slug].unit if measure.slug in KPIS else Unit.COUNT


def open_parts(kpi: Kpi, filters: Collection[Dimension], view: View) -> list[Measure]:
    """The sums of a figure whose rows can be listed under these filters; of ads alone where orders are bare counts."""
    return [
        measure
        for slug in kpi.sums
        if can_drill(measure := MEASURES[slug], filters) and (view is View.ORDERS or measure.source.is_dated)
    ]
