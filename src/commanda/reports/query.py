"""What is asked of a report, as a value that can be written into an address or a schedule and read again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from commanda.insights.kpis import View
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period, between
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor
from commanda.kernel.clock import read_day
from commanda.reports.axes import Axis
from commanda.reports.catalogue import Report
from commanda.reports.names import filters_for, key_text, read_key
from commanda.reports.periods import PERIODS, Comparison

CUSTOM: Final = "custom"
NAME: Final = "name"  # sorting by what the rows are called


@dataclass(frozen=True, slots=True)
class Span:
    """The days asked for: by name (which moves with the calendar) or typed (`name` is `custom`), and how to count."""

    name: str
    period: Period
    basis: Basis

    def params(self) -> dict[str, str]:
        """As it stands in an address."""
        found = {"basis": self.basis.value}
        if self.name == CUSTOM:
            return found | {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return found | {"period": self.name}


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """A report's question, with what the actor may not ask left out. `sort`: a column or `name`, `-` for descending."""

    span: Span
    view: View
    axis: Axis
    comparison: Comparison
    sort: str
    filters: Mapping[Dimension, Any] = field(default_factory=dict)

    @property
    def period(self) -> Period:
        return self.span.period

    @property
    def basis(self) -> Basis:
        return self.span.basis

    @property
    def before(self) -> Period | None:
        """The span compared with."""
        return self.comparison.of(self.period)

    def params(self, **changes: str) -> dict[str, str]:
        """As it stands in an address; `changes` replace single parts, an empty one takes it away."""
        found = self.span.params() | {"by": self.axis.slug, "compare": self.comparison.value, "sort": self.sort}
        found |= filter_params(self.filters)
        if "period" in changes:
            found = {name: value for name, value in found.items() if name not in {"from", "to"}}
        found |= changes
        return {name: value for name, value in found.items() if value}


def filter_params(filters: Mapping[Dimension, Any]) -> dict[str, str]:
    """Filters as they stand in an address."""
    return {dimension.value: key_text(key) for dimension, key in filters.items()}


def read_span(asked: Mapping[str, str], period: str, basis: Basis) -> Span:
    """The days that an address asks for; what cannot be read gives the `period` and `basis` by default.

    A first day alone: until today; a last day alone: that day.
    """
    counted = Basis(asked["basis"]) if asked.get("basis") in set(Basis) else basis
    first, last = read_day(asked.get("from")), read_day(asked.get("to"))
    if first or last:
        return Span(CUSTOM, between(first or last or date.min, last or date.max), counted)
    name = asked.get("period", "")
    name = name if name in PERIODS else period
    return Span(name, PERIODS[name](), counted)


def read_filters(asked: Mapping[str, str], allowed: Iterable[Dimension]) -> dict[Dimension, Any]:
    """The filters of an address, as far as they are allowed and can be read."""
    found: dict[Dimension, Any] = {}
    for dimension in allowed:
        if text := asked.get(dimension.value, ""):
            is_read, key = read_key(dimension, text)
            if is_read:
                found[dimension] = key
    return found


def read_query(actor: Actor, report: Report, asked: Mapping[str, str]) -> ReportQuery:
    """What an address or a schedule asks of a report that exists for the actor."""
    view = report.view_for(actor) or View.ORDERS
    axes = report.axes_for(actor, view)
    axis = next((axis for axis in axes if axis.slug == asked.get("by")), axes[0])
    wanted = asked.get("compare")
    comparison = Comparison(wanted) if wanted in set(Comparison) else report.comparison
    return ReportQuery(
        span=read_span(asked, report.period, report.basis),
        view=view,
        axis=axis,
        comparison=comparison,
        sort=asked.get("sort") or _first_order(report, axis),
        filters=read_filters(asked, filters_for(actor, view)),
    )


def _first_order(report: Report, axis: Axis) -> str:
    if axis.is_time:
        return f"-{NAME}"
    return report.sort or f"-{report.main}"
