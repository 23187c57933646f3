"""The very rows behind a figure, page by page and as a file."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.insights.drill import Place
from commanda.insights.kpis import Unit
from commanda.insights.measures import EXPENSES
from commanda.insights.periods import DEFAULT
from commanda.insights.statements import Basis
from commanda.kernel.export import Row, table_download
from commanda.kernel.money import quantize
from commanda.reports.behind import NamedRow, Question, every_row, page_behind, read_question, value_of
from commanda.reports.names import named_filters
from commanda.reports.parts import DAY_SECONDS, part_label, part_unit
from commanda.reports.query import filter_params, read_span
from commanda.reports.writing import span_label, write
from commanda.web.account.fresh import confirmed
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page
from commanda.web.periods import BASIS_LABELS
from commanda.web.reports.views import asked_of

_MARK: Final = "~"  # between the instant and the id of a place


def _question(request: PageRequest) -> Question:
    asked = asked_of(request)
    return read_question(request.actor, asked, read_span(asked, DEFAULT, Basis.COHORT))


@page()
@require_safe
def rows_page(request: PageRequest) -> HttpResponse:
    """The rows that add up to a figure, the latest first; a ratio's two sums are two tabs."""
    question = _question(request)
    found = page_behind(request.actor, question, _place(request.GET.get("after", "")))
    unit, figure = part_unit(question.part), value_of(request.actor, question)
    context = {
        "question": question,
        "figure": figure,
        "value": write(figure, question.kpi.unit),
        "part_label": part_label(question.part),
        "part_total": write(_shown(question, found.total), unit),
        "tabs": [
            {"label": part_label(part), "url": _address(question, part=part.slug), "is_active": part == question.part}
            for part in question.parts
        ],
        "is_open_whole": len(question.parts) == len(question.kpi.sums),
        "rows": [(row, write(_shown(question, row.value), unit), isinstance(row.at, datetime)) for row in found.rows],
        "row_page": "finance_expense" if question.part.source is EXPENSES else "",
        "has_orders": not question.part.source.is_dated,
        "count": found.count,
        "total": found.total,
        "is_first": not request.GET.get("after"),
        "first_url": _address(question, part=question.part.slug),
        "next_url": _address(question, part=question.part.slug, after=_written(found.next_place)),
        "has_next": found.next_place is not None,
        "span": span_label(question.span.period),
        "basis": BASIS_LABELS[question.span.basis],
        "filters": named_filters(request.actor, question.filters),
        "params": _address(question, part=question.part.slug),
    }
    return render_page(request, "reports/rows.html", context)


@page()
@confirmed(also_reading=True, asks=Perm.FINANCE_VIEW)
@require_safe
def rows_export(request: PageRequest, kind: str) -> HttpResponseBase:
    """All rows behind a figure as CSV or XLSX."""
    question = _question(request)
    what = [_("What")] if question.part.source.is_dated else [_("Order"), _("State")]
    head = [*what, _("When"), part_label(question.part)]
    rows = _cells(request, question)
    return table_download(kind=kind, name=f"{question.kpi.slug}-{question.part.slug}", head=head, rows=rows)


def _cells(request: PageRequest, question: Question) -> Iterator[Row]:
    for row in every_row(request.actor, question):
        value = _number(question, row)
        if question.part.source.is_dated:
            yield row.label, row.at, value
        elif row.order is None:
            yield "", "", row.at, value
        else:
            yield row.order.reference, row.order.state.label, row.at, value


def _number(question: Question, row: NamedRow) -> int | Decimal:
    value = _shown(question, row.value)
    if part_unit(question.part) is Unit.MAD:
        return quantize(value)
    return int(value) if value == value.to_integral_value() else value


def _shown(question: Question, value: Decimal) -> Decimal:
    """Seconds are read as days."""
    return value / DAY_SECONDS if part_unit(question.part) is Unit.DAYS else value


def _address(question: Question, **more: str) -> str:
    address = QueryDict(mutable=True)
    asked: dict[str, Any] = {"kpi": question.kpi.slug, **question.span.params(), **filter_params(question.filters)}
    address.update({name: value for name, value in (asked | more).items() if value})
    return f"?{address.urlencode()}"


def _written(place: Place | None) -> str:
    return "" if place is None else f"{place[0].isoformat()}{_MARK}{place[1]}"


def _place(text: str) -> Place | None:
    """Where to go on; the first page for what cannot be read."""
    moment, _mark, number = text.partition(_MARK)
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    try:
        at = parse_datetime(moment) if "T" in moment else parse_date(moment)
    except ValueError:
        return None
    return None if at is None else (at, int(number))
