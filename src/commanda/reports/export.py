"""A report as rows for other programs: numbers as numbers, and what they were before beside them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from commanda.insights.kpis import Unit
from commanda.kernel.export import Row as Cells
from commanda.kernel.money import quantize
from commanda.reports.columns import Column
from commanda.reports.table import ReportTable, Row


def head(table: ReportTable) -> list[Any]:
    """The names of the columns; rates are written 0..1."""
    names: list[Any] = [table.query.axis.label]
    for column in table.columns:
        names.append(column.label)
        if table.query.before is not None and column.kpi is not None:
            names.append(_("%(column)s before") % {"column": column.label})
    return names


def cells(table: ReportTable) -> Iterator[Cells]:
    """The rows, and the totals as the last one."""
    for row in table.rows:
        yield _cells(table, row, row.label)
    yield _cells(table, table.total, _("Total"))


def _cells(table: ReportTable, row: Row, label: str) -> Cells:
    found: list[Any] = [label]
    for column in table.columns:
        found.append(number(column, row.values.get(column.slug)))
        if table.query.before is not None and column.kpi is not None:
            found.append(number(column, (row.before or {}).get(column.slug)))
    return found


def number(column: Column, value: Decimal | None) -> int | Decimal | None:
    """The value as a number: counts whole, money to the centime."""
    if value is None:
        return None
    if column.unit is Unit.MAD:
        return quantize(value)
    return int(value) if column.unit is Unit.COUNT and value == value.to_integral_value() else value
