"""The table of a report as the page writes it; some thousand cells, so they are written here and not by a template."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.safestring import SafeString

from commanda.insights.measures import Dimension
from commanda.kernel.actor import Actor
from commanda.reports.columns import Column
from commanda.reports.names import filters_for, key_text
from commanda.reports.query import NAME, ReportQuery
from commanda.reports.table import ReportTable, Row
from commanda.reports.writing import change_text, write
from commanda.web.markup import figure_html, html
from commanda.web.reports.links import GroupLinks, RowLinks

Address = Callable[..., str]
MOST_ROWS: Final = 50  # so many at first: a page of four hundred cities takes long to come, and nobody reads it whole
ON_A_PHONE: Final = 4


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: the link that sorts by it, and how it is sorted now (`ascending`, `descending`, "")."""

    label: Any
    explanation: Any
    url: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its name, the link that narrows the report to it, its cells, its share of the main column."""

    label: str
    url: str
    cells: SafeString
    share: Any


@dataclass(frozen=True, slots=True)
class Sheet:
    """The table. `more`: rows that are not shown before somebody asks for all of them."""

    name: Head
    heads: list[Head]
    lines: list[Line]
    total: SafeString
    more: int
    has_shares: bool


def sheet_of(actor: Actor, table: ReportTable, links: RowLinks, address: Address, *, is_whole: bool = False) -> Sheet:
    """The table with its links, all of its rows or the first ones; `address` writes the page's own address with single
    parts replaced."""
    query = table.query
    allowed = filters_for(actor, query.view)
    axes = table.report.axes_for(actor, query.view)
    other = next((axis.slug for axis in axes if axis.dimension is not query.axis.dimension), query.axis.slug)
    brief = _brief(table)
    columns = [(column, _opening(column, is_brief=column.slug in brief)) for column in table.columns]
    shown = table.rows if is_whole else table.rows[:MOST_ROWS]
    return Sheet(
        name=_head(NAME, query.axis.label, "", query, address, first="-" if query.axis.is_time else ""),
        heads=[
            _head(
                column.slug, column.label, column.explanation, query, address, is_main=column.slug == table.report.main
            )
            for column in table.columns
        ],
        lines=[
            Line(
                label=row.label,
                url=_narrowed(row, query, address, allowed, other),
                cells=_cells(row, columns, links),
                share=row.share,
            )
            for row in shown
        ],
        total=_cells(table.total, columns, links),
        more=len(table.rows) - len(shown),
        has_shares=any(row.share is not None for row in shown),
    )


def _brief(table: ReportTable) -> set[str]:
    """The columns that a phone shows: what is drawn, and then the first ones."""
    slugs = [column.slug for column in table.columns]
    wanted = [*(slug for slug in table.report.drawn if slug in slugs), *slugs]
    return set(list(dict.fromkeys(wanted))[:ON_A_PHONE])


def _head(
    slug: str,
    label: Any,
    explanation: Any,
    query: ReportQuery,
    address: Address,
    *,
    is_main: bool = False,
    first: str = "-",
) -> Head:
    """A second press turns the order around."""
    is_by = query.sort.lstrip("-") == slug
    is_descending = query.sort.startswith("-")
    wanted = ("" if is_descending else "-") if is_by else first
    return Head(
        label,
        explanation,
        address(sort=f"{wanted}{slug}"),
        ("descending" if is_descending else "ascending") if is_by else "",
    )


def _narrowed(row: Row, query: ReportQuery, address: Address, allowed: Collection[Dimension], other: str) -> str:
    """The same report for this row alone, taken apart by something else: a month by its days, a city by carrier."""
    if query.axis.is_time:
        if query.axis.bucket is None or row.period is None:
            return ""
        return address(by="day", sort="", period="", **{"from": f"{row.period.first}", "to": f"{row.period.last}"})
    if query.axis.dimension not in allowed or row.key in (None, ""):
        return ""
    return address(by=other, sort="", **{query.axis.dimension.value: key_text(row.key)})


def _opening(column: Column, *, is_brief: bool) -> SafeString:
    """How each cell of a column begins."""
    looks = "" if is_brief else " card-hide"
    return html('<td class="text-end num{}" data-label="{}"><span class="figure-stack">', looks, column.label)


def _cells(row: Row, columns: Sequence[tuple[Column, SafeString]], links: RowLinks) -> SafeString:
    group = links.of_group(row.filters, row.period)
    return SafeString(
        "".join(
            f"{opening}{_figure(row, column, group)}{_change(row, column)}</span></td>" for column, opening in columns
        )
    )


def _figure(row: Row, column: Column, group: GroupLinks) -> SafeString:
    value = row.values.get(column.slug)
    url = group.to(column.slug) if value is not None and column.kpi is not None else ""
    return figure_html(write(value, column.unit), url, _tone(value, column))


def _tone(value: Any, column: Column) -> str:
    return " is-loss" if column.slug == "profit" and value is not None and value < 0 else ""


def _change(row: Row, column: Column) -> SafeString | str:
    compared = row.compared(column)
    change = compared.change if compared is not None else None
    if compared is None or not change:
        return ""
    is_good = (change > 0) == (column.good == "up")
    before, text = write(compared.before, column.unit), change_text(compared)
    return html(
        '<span class="change-note {}" title="{}"><bdi dir="ltr">{}</bdi></span>',
        "is-good" if is_good else "is-bad",
        before,
        text,
    )
