"""From a figure to the rows that make it: the same definitions, one row each instead of their sum."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from commanda.insights.compute import limit_for, parameters_of
from commanda.insights.kpis import KPIS, View, kpis_for
from commanda.insights.measures import BONUSES, EXPENSES, MEASURES, Dimension, Measure
from commanda.insights.periods import Period
from commanda.insights.statements import Basis, has_keys, rows_statement
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.replica import reading
from commanda.orders.models import Order

MOST_ROWS: Final = 200
PAGE: Final = """
SELECT row_id, at, value FROM ({rows}) AS part
{after} ORDER BY at DESC, row_id DESC LIMIT %(limit)s
"""
TOTAL: Final = "SELECT count(*), COALESCE(sum(value), 0) FROM ({rows}) AS part"

Place = tuple[datetime | date, int]


@dataclass(frozen=True, slots=True)
class DrillRow:
    """What one row adds to the sum. `order` is None for ad spend and expenses, whose ids `row_id` then is."""

    row_id: int
    order: Order | None
    at: datetime | date
    value: Decimal


@dataclass(frozen=True, slots=True)
class DrillPage:
    """Some of the rows, the latest first. `next_place`: where to go on; None after the last one."""

    rows: list[DrillRow]
    next_place: Place | None


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """The rows that add up to one sum, under an actor's rights."""

    actor: Actor
    sql: str
    parameters: Mapping[str, Any]
    has_orders: bool

    def totals(self) -> tuple[int, Decimal]:
        """How many rows there are, and what they add up to; one statement."""
        with reading().cursor() as cursor:
            cursor.execute(TOTAL.format(rows=self.sql), self.parameters)
            count, total = cursor.fetchone() or (0, 0)
        return count, Decimal(total)

    def page(self, after: Place | None = None, limit: int = 50) -> DrillPage:
        """The rows after a place, `MOST_ROWS` at most; two statements."""
        size = min(limit, MOST_ROWS)
        parameters = {**self.parameters, "limit": size + 1}
        place = ""
        if after is not None:
            place = "WHERE (at, row_id) < (%(after_at)s, %(after_id)s)"
            parameters |= {"after_at": after[0], "after_id": after[1]}
        with reading().cursor() as cursor:
            cursor.execute(PAGE.format(rows=self.sql, after=place), parameters)
            found = cursor.fetchall()
        shown = found[:size]
        orders: dict[int, Order] = {}
        if self.has_orders:
            named = Order.objects.visible_to(self.actor).select_related("state", "assignee")
            orders = named.in_bulk([row_id for row_id, _at, _value in shown])
        rows = [DrillRow(row_id, orders.get(row_id), at, Decimal(value)) for row_id, at, value in shown]
        return DrillPage(rows, (shown[-1][1], shown[-1][0]) if len(found) > size else None)


def parts_of(actor: Actor, kpi: str, view: View = View.ORDERS) -> list[Measure]:
    """The sums that a KPI is made of. Raises `NotFound` for one that the actor may not see."""
    if kpi not in kpis_for(actor, view):
        raise NotFound
    return [MEASURES[slug] for slug in KPIS[kpi].sums]


def can_drill(measure: Measure, filters: Collection[Dimension]) -> bool:
    """Whether its rows are known for these filters; those of general expenses, which are shared out, are not."""
    is_general = (measure.source is EXPENSES and filters) or (
        measure.source is BONUSES and Dimension.PRODUCT in filters
    )
    return not is_general and has_keys(measure.source, filters)


def rows_behind(
    actor: Actor,
    period: Period,
    kpi: str,
    measure: Measure,
    *,
    filters: Mapping[Dimension, Any] | None = None,
    basis: Basis = Basis.COHORT,
    view: View = View.ORDERS,
) -> RowsBehind:
    """The rows whose values add up to `measure`, one of the sums of `kpi`, under the same filters and rights.

    Raises `NotFound` for a KPI the actor may not see and for a sum that is not of it; and for orders where the actor
    sees bare counts only (`View.ADS`).
    """
    asked = filters or {}
    if measure not in parts_of(actor, kpi, view) or not can_drill(measure, asked):
        raise NotFound
    has_orders = not measure.source.is_dated
    if has_orders and view is View.ADS:
        raise NotFound
    sql, parameters = rows_statement(measure, filters=asked, basis=basis, limit=limit_for(actor, measure.source, view))
    return RowsBehind(actor, sql, {**parameters, **parameters_of(actor, period)}, has_orders)
