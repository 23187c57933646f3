"""What a figure is made of, in words: the sums of a KPI, most of which are KPIs themselves."""

from collections.abc import Collection
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.insights.drill import can_drill
from commanda.insights.kpis import KPIS, Kpi, Unit, View
from commanda.insights.measures import MEASURES, Dimension, Measure

DAY_SECONDS: Final = 86_400
# The sums that are no KPI.
_LABELS: Final[dict[str, tuple[Any, Unit]]] = {
    "first_orders": (_("First orders kept"), Unit.COUNT),
    "promised": (_("Delivered with a promised day"), Unit.COUNT),
    "on_time": (_("Delivered by the promised day"), Unit.COUNT),
    "lead_seconds": (_("Days from order to delivery"), Unit.DAYS),
    "answered": (_("Answered calls"), Unit.COUNT),
    "called_orders": (_("Orders that were called"), Unit.COUNT),
}


def part_label(measure: Measure) -> Any:
    """What a sum is called."""
    return KPIS[measure.slug].label if measure.slug in KPIS else _LABELS.get(measure.slug, (measure.slug, None))[0]


def part_unit(measure: Measure) -> Unit:
    """How a sum is written. Seconds are written as days: divide them by `DAY_SECONDS`."""
    if measure.slug in KPIS:
        return KPIS[measure.slug].unit
    return _LABELS.get(measure.slug, ("", Unit.COUNT))[1]


def open_parts(kpi: Kpi, filters: Collection[Dimension], view: View) -> list[Measure]:
    """The sums of a figure whose rows can be listed under these filters; of ads alone where orders are bare counts."""
    return [
        measure
        for slug in kpi.sums
        if can_drill(measure := MEASURES[slug], filters) and (view is View.ORDERS or measure.source.is_dated)
    ]
