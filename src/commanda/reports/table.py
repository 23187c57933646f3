"""A report's table: its rows with what they were before, the totals, and the shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from commanda.insights.boards import Compared
from commanda.insights.kpis import KPIS, Kpi, Unit
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.kernel.actor import Actor
from commanda.kernel.replica import from_replica
from commanda.reports.axes import AXES, bucket_label, bucket_period
from commanda.reports.catalogue import STOCK, Report, visible_columns
from commanda.reports.columns import STOCK_COLUMN, Column, column_of
from commanda.reports.figures import Values, buckets, rows_by_key, totals
from commanda.reports.names import names_of
from commanda.reports.query import NAME, ReportQuery
from commanda.stock.selectors import product_units

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `before`: its values in the span compared with; None without one.

    `share`: its part of the report's main column, 0..1. `filters` and `period` say which rows stand behind it.
    """

    label: str
    values: Values
    before: Values | None = None
    share: Decimal | None = None
    key: Any = None
    filters: Mapping[Dimension, Any] = field(default_factory=dict)
    period: Period | None = None

    def compared(self, column: Column) -> Compared | None:
        """A column's value beside the one before; None for what is no KPI and without a comparison."""
        if column.kpi is None or self.before is None:
            return None
        return Compared(column.kpi, self.values.get(column.slug), self.before.get(column.slug))


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The answer to a report's query. `total` is of all rows together, computed for itself, not added up."""

    report: Report
    query: ReportQuery
    columns: list[Column]
    rows: list[Row]
    total: Row

    def column(self, slug: str) -> Column | None:
        return next((column for column in self.columns if column.slug == slug), None)

    @property
    def drawn(self) -> list[Column]:
        """The columns of the chart that are there."""
        return [column for slug in self.report.drawn if (column := self.column(slug))]


@from_replica
def report_table(actor: Actor, report: Report, query: ReportQuery) -> ReportTable:
    """Compute a report. A constant number of statements, whatever the number of rows."""
    slugs = visible_columns(report, actor, query.view)
    kpis = [KPIS[slug] for slug in slugs if slug in KPIS]
    rows = _time_rows(actor, query, kpis) if query.axis.is_time else _named_rows(actor, query, kpis)
    before = query.before
    total = Row(
        label="",
        values=totals(actor, query, kpis, query.period),
        before=totals(actor, query, kpis, before) if before else None,
        filters=query.filters,
        period=query.period,
    )
    columns = [column_of(kpi) for kpi in kpis if _is_known(kpi.slug, rows)]
    if STOCK in slugs and query.axis is AXES["product"]:
        rows = _with_stock(actor, rows)
        columns.append(STOCK_COLUMN)
    rows = [row for row in rows if query.axis.is_time or _says_something(row, report, kpis)]
    rows = _shared(rows, KPIS[report.main])
    return ReportTable(report, query, columns, _sorted(rows, query.sort), total)


def _named_rows(actor: Actor, query: ReportQuery, kpis: Sequence[Kpi]) -> list[Row]:
    now = rows_by_key(actor, query, kpis, query.period)
    past = rows_by_key(actor, query, kpis, query.before) if query.before else {}
    dimension = query.axis.dimension
    names = names_of(actor, dimension, list(now))
    return [
        Row(
            label=names[key],
            values=values,
            before=past.get(key, {}) if query.before else None,
            key=key,
            filters={**query.filters, dimension: key},
            period=query.period,
        )
        for key, values in now.items()
    ]


def _time_rows(actor: Actor, query: ReportQuery, kpis: Sequence[Kpi]) -> list[Row]:
    """One row for each day, week or month, also for those without anything; compared place by place."""
    now = buckets(actor, query, kpis, query.period)
    past = list(buckets(actor, query, kpis, query.before).values()) if query.before else []
    # Spans may fall into another number of weeks or months: then no row has its like.
    is_alike = len(past) == len(now)
    return [
        Row(
            label=bucket_label(query.axis, first),
            values=values,
            before=past[place] if is_alike and past else None,
            key=first,
            filters=query.filters,
            period=bucket_period(query.axis, first, query.period),
        )
        for place, (first, values) in enumerate(now.items())
    ]


def _is_known(slug: str, rows: Sequence[Row]) -> bool:
    """Whether the figure exists for this way of taking apart: ad spend, say, belongs to no city."""
    return not rows or any(row.values.get(slug) is not None for row in rows)


def _says_something(row: Row, report: Report, kpis: Sequence[Kpi]) -> bool:
    """Cancelled orders by agent are of no use where an agent has none."""
    if report.only_main:
        return bool(row.values.get(report.main))
    return any(row.values.get(kpi.slug) for kpi in kpis)


def _with_stock(actor: Actor, rows: Sequence[Row]) -> list[Row]:
    units = product_units(actor, [row.key for row in rows if row.key is not None])
    return [
        replace(row, values={**row.values, STOCK: Decimal(units[row.key].available) if row.key in units else None})
        for row in rows
    ]


def _shared(rows: Sequence[Row], main: Kpi) -> list[Row]:
    """The rows with their shares of the main column, where it is one that adds up and nothing is negative."""
    values = [row.values.get(main.slug) or ZERO for row in rows]
    whole = sum(values, ZERO)
    if not main.is_sum or main.unit not in {Unit.COUNT, Unit.MAD} or whole <= 0 or min(values, default=ZERO) < 0:
        return list(rows)
    return [replace(row, share=value / whole) for row, value in zip(rows, values, strict=True)]


def _sorted(rows: Sequence[Row], sort: str) -> list[Row]:
    slug, is_descending = sort.lstrip("-"), sort.startswith("-")
    if slug == NAME:
        return sorted(rows, key=_name_key, reverse=is_descending)
    known = [row for row in rows if row.values.get(slug) is not None]
    unknown = [row for row in rows if row.values.get(slug) is None]
    known.sort(key=lambda row: row.label)
    known.sort(key=lambda row: row.values[slug] or ZERO, reverse=is_descending)
    return [*known, *sorted(unknown, key=lambda row: row.label)]


def _name_key(row: Row) -> Any:
    """Days by the calendar, other things by name."""
    return row.key if isinstance(row.key, date) else row.label
