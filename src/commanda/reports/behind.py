"""The rows behind a figure, with what each is called; the sum of them is the figure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from commanda.ads.models import AdSpend
from commanda.finance.models import CommissionEntry, Expense
from commanda.insights.compute import figures, grouped
from commanda.insights.drill import DrillRow, Place, RowsBehind, rows_behind
from commanda.insights.kpis import KPIS, Kpi, View, kpis_for
from commanda.insights.measures import BONUSES, EXPENSES, SPEND, Dimension, Measure
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.replica import from_replica
from commanda.orders.models import Order
from commanda.reports.names import LABELS
from commanda.reports.parts import open_parts
from commanda.reports.query import Span, read_filters

PER_PAGE: Final = 50
PER_PIECE: Final = 200
# What is asked for when an address names no figure: the first of these that the reader may see.
USUAL: Final = ("leads", "ad_spend", "commission")


@dataclass(frozen=True, slots=True)
class Question:
    """Which figure is looked behind, and which of its sums."""

    kpi: Kpi
    part: Measure
    parts: list[Measure]
    view: View
    span: Span
    filters: Mapping[Dimension, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A row: its id and its order, or what else it is called; when; what it adds to the sum."""

    row_id: int
    order: Order | None
    label: str
    at: datetime | date
    value: Decimal


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows, how many there are in all and what they add up to. `next_place`: where to go on."""

    rows: list[NamedRow]
    count: int
    total: Decimal
    next_place: Place | None


def read_question(actor: Actor, asked: Mapping[str, str], span: Span) -> Question:
    """The question in an address. Raises `NotFound` for a figure that is not, or not for the reader."""
    slug = asked.get("kpi") or _usual(actor)
    view = _view_of(actor, slug)
    if view is None:
        raise NotFound
    filters = read_filters(asked, LABELS)
    kpi = KPIS[slug]
    parts = open_parts(kpi, list(filters), view)
    if not parts:
        raise NotFound
    part = next((part for part in parts if part.slug == asked.get("part")), parts[0])
    return Question(kpi, part, parts, view, span, filters)


def _usual(actor: Actor) -> str:
    return next((slug for slug in USUAL if (view := _view_of(actor, slug)) and open_parts(KPIS[slug], (), view)), "")


def _view_of(actor: Actor, slug: str) -> View | None:
    """Among whose rows the reader sees this figure."""
    return next((view for view in View if slug in kpis_for(actor, view)), None)


@from_replica
def value_of(actor: Actor, question: Question) -> Decimal | None:
    """The figure itself. A product's is its row among all products, with its share of the general expenses."""
    slug, span, filters = question.kpi.slug, question.span, dict(question.filters)
    if Dimension.PRODUCT in filters:
        product = filters.pop(Dimension.PRODUCT)
        by = (Dimension.PRODUCT,)
        rows = grouped(actor, span.period, by, kpis=(slug,), filters=filters, basis=span.basis, view=question.view)
        found = rows.get((product,))
    else:
        found = figures(actor, span.period, kpis=(slug,), filters=filters, basis=span.basis, view=question.view)
    if found is None:  # a product without any row of it
        return Decimal(0) if question.kpi.is_sum else None
    return found.get(slug)


@from_replica
def page_behind(actor: Actor, question: Question, after: Place | None = None) -> RowPage:
    """A page of the rows. Names cost one statement more, whatever the number of rows."""
    behind = _behind(actor, question)
    found = behind.page(after, PER_PAGE)
    count, total = behind.totals()
    return RowPage(_named(actor, question, found.rows), count, total, found.next_place)


def every_row(actor: Actor, question: Question) -> Iterator[NamedRow]:
    """All rows, read piece by piece."""
    place: Place | None = None
    while True:
        rows, place = _piece(actor, question, place)
        yield from rows
        if place is None:
            return


@from_replica
def _piece(actor: Actor, question: Question, after: Place | None) -> tuple[list[NamedRow], Place | None]:
    found = _behind(actor, question).page(after, PER_PIECE)
    return _named(actor, question, found.rows), found.next_place


def _behind(actor: Actor, question: Question) -> RowsBehind:
    span = question.span
    return rows_behind(
        actor,
        span.period,
        question.kpi.slug,
        question.part,
        filters=question.filters,
        basis=span.basis,
        view=question.view,
    )


def _named(actor: Actor, question: Question, rows: list[DrillRow]) -> list[NamedRow]:
    names = _names(actor, question.part, [row.row_id for row in rows])
    return [NamedRow(row.row_id, row.order, names.get(row.row_id, ""), row.at, row.value) for row in rows]


def _names(actor: Actor, measure: Measure, ids: list[int]) -> dict[int, str]:
    """What rows without an order are called."""
    if measure.source is SPEND:
        spends = AdSpend.objects.visible_to(actor).filter(pk__in=ids)
        rows = spends.select_related("product", "platform", "campaign", "buyer")
        return {row.pk: _joined(row.platform, row.campaign, row.product, row.buyer) for row in rows}
    if measure.source is EXPENSES:
        expenses = Expense.objects.visible_to(actor).filter(pk__in=ids).select_related("product")
        return {row.pk: _joined(row.get_kind_display(), row.product, row.note) for row in expenses}
    if measure.source is BONUSES:
        entries = CommissionEntry.objects.visible_to(actor).filter(pk__in=ids).select_related("agent", "plan")
        return {row.pk: _joined(row.agent, row.plan) for row in entries}
    return {}


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)
