"""A report's table as texts, for paper and mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from commanda.reports.columns import Column
from commanda.reports.table import ReportTable
from commanda.reports.writing import write


@dataclass(frozen=True, slots=True)
class PlainTable:
    """Head, rows (name, then figures), the totals, and below them what these were before ([] without a comparison)."""

    head: list[str]
    rows: list[list[str]]
    total: list[str]
    before: list[str]
    more: int = 0


def plain_table(table: ReportTable, most: int | None = None) -> PlainTable:
    """The table in words, at most so many rows; `more` counts those left out."""
    columns = table.columns
    rows = table.rows if most is None else table.rows[:most]
    before = table.total.before
    return PlainTable(
        head=[str(table.query.axis.label), *(str(column.label) for column in columns)],
        rows=[[row.label, *_texts(row.values, columns)] for row in rows],
        total=[_("Total"), *_texts(table.total.values, columns)],
        before=[] if before is None else [_("Before"), *_texts(before, columns)],
        more=len(table.rows) - len(rows),
    )


def _texts(values: Mapping[str, Decimal | None], columns: list[Column]) -> list[Any]:
    return [write(values.get(column.slug), column.unit) for column in columns]
