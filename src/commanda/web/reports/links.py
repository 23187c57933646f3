"""The way from a figure to the rows behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from commanda.insights.kpis import KPIS, View
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.reports.names import key_text
from commanda.reports.parts import open_parts
from commanda.web.addresses import address, query_of
from commanda.web.periods import Picked


@cache
def _opens(slug: str, dimensions: frozenset[Dimension], view: View) -> bool:
    return slug in KPIS and bool(open_parts(KPIS[slug], dimensions, view))


@dataclass(frozen=True, slots=True)
class RowLinks:
    """Links from figures of one period and way of counting.

    `span` is how these stand in an address (`period=7d&basis=event`). The page behind checks every right again.
    """

    span: Mapping[str, str]
    view: View = View.ORDERS
    filters: Mapping[Dimension, Any] = field(default_factory=dict)

    def to(self, kpi: str, filters: Mapping[Dimension, Any] | None = None, period: Period | None = None) -> str:
        """The rows behind a figure under `filters` besides the common ones; "" where none can be listed."""
        return self.of_group(filters, period).to(kpi)

    def of_group(self, filters: Mapping[Dimension, Any] | None = None, period: Period | None = None) -> "GroupLinks":
        """The links from all figures of one group, such as a row of a table."""
        wanted = {**self.filters, **(filters or {})}
        span = dict(self.span)
        if period is not None:
            span = {"basis": span.get("basis", ""), "from": period.first.isoformat(), "to": period.last.isoformat()}
        asked = {**span, **{dimension.value: key_text(key) for dimension, key in wanted.items()}}
        query = query_of((name, value) for name, value in asked.items() if value)
        return GroupLinks(frozenset(wanted), self.view, query)


@dataclass(frozen=True, slots=True)
class GroupLinks:
    """Links from the figures of one group."""

    dimensions: frozenset[Dimension]
    view: View
    query: str

    def to(self, kpi: str) -> str:
        """The rows behind a figure; "" where none can be listed."""
        if not _opens(kpi, self.dimensions, self.view):
            return ""
        rows = address("report_rows")
        return f"{rows}?kpi={kpi}&{self.query}" if self.query else f"{rows}?kpi={kpi}"


def links_of(picked: Picked, view: View = View.ORDERS, filters: Mapping[Dimension, Any] | None = None) -> RowLinks:
    """Links from figures of the days that a page's period picker has chosen."""
    return RowLinks(dict(parse_qsl(picked.query)), view, filters or {})
