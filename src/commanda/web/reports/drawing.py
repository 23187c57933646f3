"""The chart of a report."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from commanda.insights.kpis import KPIS
from commanda.reports.catalogue import Drawing
from commanda.reports.columns import Column
from commanda.reports.figures import Values
from commanda.reports.money_map import steps
from commanda.reports.query import NAME
from commanda.reports.table import ReportTable, Row
from commanda.reports.writing import day_label
from commanda.web.charts import Chart, Colour, Series, Unit, bar, line, ranking, waterfall
from commanda.web.figures import CHART_UNITS
from commanda.web.reports.links import RowLinks

MOST_DRAWN: Final = 15


def chart_of(table: ReportTable, links: RowLinks) -> Chart | None:
    """The report's picture; None where it has nothing to draw."""
    if table.report.drawing is Drawing.WATERFALL:
        return money_map(table.total.values, links)
    if not table.drawn or not table.rows:
        return None
    if table.query.axis.is_time:
        return _course(table, links)
    main = table.drawn[0]
    rows = _largest(table, main)
    if table.report.drawing is Drawing.BARS and len(table.drawn) > 1:
        series = [Series(column.label, [row.values.get(column.slug) for row in rows]) for column in table.drawn]
        urls = [links.to(main.slug, row.filters, row.period) for row in rows]
        return bar(_title(table), [row.label for row in rows], series, unit=_unit(main), links=urls)
    drawn = [(row.label, row.values.get(main.slug), links.to(main.slug, row.filters, row.period)) for row in rows]
    return ranking(f"{main.label} · {table.query.axis.label}", drawn, unit=_unit(main))


def _title(table: ReportTable) -> str:
    return " · ".join([", ".join(str(column.label) for column in table.drawn), str(table.query.axis.label)])


def _unit(column: Column) -> Unit:
    return CHART_UNITS.get(column.unit, Unit.COUNT)


def _largest(table: ReportTable, main: Column) -> list[Row]:
    rows = [row for row in table.rows if row.values.get(main.slug) is not None]
    is_sorted_by_it = table.query.sort.lstrip("-") in {main.slug, *(column.slug for column in table.columns)}
    if not is_sorted_by_it or table.query.sort.lstrip("-") == NAME:
        rows = sorted(rows, key=lambda row: -(row.values.get(main.slug) or Decimal(0)))
    return rows[:MOST_DRAWN]


def _course(table: ReportTable, links: RowLinks) -> Chart:
    """Days, weeks or months from the first to the last, and the main figure of the span compared with."""
    rows = sorted(table.rows, key=lambda row: row.key)
    labels = [day_label(row.key) if table.query.axis.bucket is None else row.label for row in rows]
    series = [Series(column.label, [row.values.get(column.slug) for row in rows]) for column in table.drawn]
    main = table.drawn[0]
    if any(row.before is not None for row in rows):
        name = _("%(column)s before") % {"column": main.label}
        series.append(Series(name, _before(rows, main), Colour.MUTED))
    draw = line if len(rows) > 2 else bar
    urls = [links.to(main.slug, row.filters, row.period) for row in rows]
    return draw(_title(table), labels, series, unit=_unit(main), links=urls)


def _before(rows: Sequence[Row], column: Column) -> list[Decimal | None]:
    return [(row.before or {}).get(column.slug) for row in rows]


def money_map(values: Values, links: RowLinks) -> Chart:
    """What leads were worth down to the profit; `links` are those of the values' own days and filters."""
    drawn = [(label, change, links.to(slug) if slug else "") for label, change, slug in steps(values)]
    return waterfall(_("From leads to profit"), drawn, total_label=KPIS["profit"].label)
