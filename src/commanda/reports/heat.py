"""Weekday by hour: when things happen."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from commanda.insights.compute import grouped
from commanda.insights.kpis import KPIS, Kpi, kpis_for
from commanda.insights.measures import Dimension
from commanda.kernel.actor import Actor
from commanda.kernel.formats import weekday_names
from commanda.kernel.replica import from_replica
from commanda.reports.query import ReportQuery

MEASURES: Final = ("leads", "calls", "confirmed", "delivered")
SHADES: Final = 8
HOURS: Final = 24
WEEKDAYS: Final = 7
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A value and how dark it is: 0 (nothing) to `SHADES`."""

    value: Decimal
    shade: int


@dataclass(frozen=True, slots=True)
class HeatRow:
    """An hour of the day: one cell for each weekday from Monday, and all of them."""

    hour: int
    cells: tuple[HeatCell, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Heat:
    """The map of one figure, what else it could be of, and the sums of the weekdays."""

    kpi: Kpi
    choices: tuple[Kpi, ...]
    weekdays: tuple[str, ...]
    rows: tuple[HeatRow, ...]
    totals: tuple[Decimal, ...]
    total: Decimal


@from_replica
def heat_of(actor: Actor, query: ReportQuery, asked: str = "") -> Heat | None:
    """The map of the figure asked for, or of the first the actor may see; None when that is none. One statement."""
    allowed = kpis_for(actor, query.view)
    choices = tuple(allowed[slug] for slug in MEASURES if slug in allowed)
    if not choices:
        return None
    kpi = next((kpi for kpi in choices if kpi.slug == asked), choices[0])
    cells = _cells(actor, query, kpi)
    most = max((max(row) for row in cells), default=ZERO)
    rows = tuple(
        HeatRow(hour, tuple(HeatCell(value, _shade(value, most)) for value in row), sum(row, ZERO))
        for hour, row in enumerate(cells)
    )
    totals = tuple(sum((row[day] for row in cells), ZERO) for day in range(WEEKDAYS))
    return Heat(KPIS[kpi.slug], choices, weekday_names("D"), rows, totals, sum(totals, ZERO))


def _cells(actor: Actor, query: ReportQuery, kpi: Kpi) -> list[list[Decimal]]:
    cells = [[ZERO] * WEEKDAYS for _hour in range(HOURS)]
    found: dict[Any, Any] = grouped(
        actor,
        query.period,
        (Dimension.WEEKDAY, Dimension.HOUR),
        kpis=(kpi.slug,),
        filters=query.filters,
        basis=query.basis,
        view=query.view,
    )
    for (weekday, hour), row in found.items():
        cells[hour][weekday] = row[kpi.slug] or ZERO
    return cells


def _shade(value: Decimal, most: Decimal) -> int:
    """From 1 for the least to `SHADES` for the most; 0 for nothing."""
    return 0 if not value or not most else max(1, int((value * SHADES / most).to_integral_value()))
