"""Statistics by state: where orders stand now, and this cycle against the last ones; every figure opens its orders."""

from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.insights.behaviour import MOST_BACK, Behaviour, Cycle, StateHistory, behaviour
from commanda.insights.periods import Period
from commanda.kernel.actor import Actor
from commanda.kernel.export import table_download
from commanda.reports.writing import span_label
from commanda.web import charts
from commanda.web.figures import orders_url
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page

SEE: Final = (Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
# Days reach back to the same weekday.
USUAL_BACK: Final = {Cycle.DAY: 7, Cycle.WEEK: 4, Cycle.MONTH: 3}
DRAWN: Final = 6
_WEEK: Final = 7


@page(*SEE)
@require_safe
def statistics(request: PageRequest) -> HttpResponseBase:
    """The page; with `format=csv|xlsx` the table as a file."""
    kind, back = _asked(request)
    found = behaviour(request.actor, kind, back)
    if request.GET.get("format"):
        return _file(request.GET["format"], found, kind)
    context: dict[str, Any] = {
        "kind": kind,
        "back": back,
        "kinds": [{"label": each.label, "url": f"?cycle={each.value}", "is_active": each is kind} for each in Cycle],
        "backs": range(1, MOST_BACK + 1),
        "heads": _heads(found, kind),
        # Columns after the number of now: the share, the cycles, the comparisons.
        "rest": 1 + len(found.cycles) + (2 if kind is Cycle.DAY and back >= _WEEK else 1),
        "rows": [_row(request.actor, row, found, kind) for row in found.rows],
        "total": found.total,
        "weekday_back": _WEEK if kind is Cycle.DAY and back >= _WEEK else 0,
        "now_chart": charts.ranking(
            _("Orders in each state now"),
            [(row.state.label, row.now.qty, _now_url(request.actor, row)) for row in found.rows if row.now.qty],
        ),
        "history_chart": _history(found, kind),
        "query": f"cycle={kind.value}&back={back}",
    }
    return _page(request, context)


def _page(request: PageRequest, context: dict[str, Any]) -> HttpResponse:
    return render_page(request, "orders/statistics.html", context, partial="orders/_statistics.html")


def _asked(request: PageRequest) -> tuple[Cycle, int]:
    """What the address asks for; what cannot be read is the usual."""
    try:
        kind = Cycle(request.GET.get("cycle", Cycle.DAY))
    except ValueError:
        kind = Cycle.DAY
    text = request.GET.get("back", "")
    back = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else USUAL_BACK[kind]
    return kind, min(max(back, 1), MOST_BACK)


def _heads(found: Behaviour, kind: Cycle) -> list[dict[str, Any]]:
    return [{"label": _name(span, kind, place), "span": span_label(span)} for place, span in enumerate(found.cycles)]


def _name(span: Period, kind: Cycle, place: int) -> str:
    """What people call the cycle."""
    if place == 0:
        return {Cycle.DAY: _("Today"), Cycle.WEEK: _("This week"), Cycle.MONTH: _("This month")}[kind]
    if kind is Cycle.DAY:
        return _("Yesterday") if place == 1 else str(date_format(span.first, "D j N"))
    if kind is Cycle.WEEK:
        return f"{date_format(span.first, 'j N')} – {date_format(span.last, 'j N')}"
    return str(date_format(span.first, "F Y"))


def _row(actor: Actor, row: StateHistory, found: Behaviour, kind: Cycle) -> dict[str, Any]:
    spans = zip(row.entered, found.cycles, strict=True)
    return {
        "state": row.state,
        "now": row.now,
        "share": row.share,
        "url": _now_url(actor, row),
        "change": row.change(),
        "weekday_change": row.change(_WEEK) if kind is Cycle.DAY else None,
        "cells": [
            {"figure": figure, "url": _entered_url(actor, row, span), "head": _name(span, kind, place)}
            for place, (figure, span) in enumerate(spans)
        ],
        "is_nothing": not row.now.qty and not any(figure.qty for figure in row.entered),
    }


def _now_url(actor: Actor, row: StateHistory) -> str:
    return orders_url(actor, state=row.state.slug)


def _entered_url(actor: Actor, row: StateHistory, span: Period) -> str:
    days = {"entered_from": span.first.isoformat(), "entered_to": span.last.isoformat()}
    return orders_url(actor, entered=row.state.pk, **days)


def _history(found: Behaviour, kind: Cycle) -> charts.Chart:
    """The states that move most, cycle by cycle, the oldest first."""
    busiest = sorted(found.rows, key=lambda row: -sum(figure.qty for figure in row.entered))[:DRAWN]
    labels = [_name(span, kind, place) for place, span in enumerate(found.cycles)][::-1]
    series = [
        charts.Series(row.state.label, [figure.qty for figure in reversed(row.entered)])
        for row in found.rows
        if row in busiest and any(figure.qty for figure in row.entered)
    ]
    return charts.bar(_("Orders that came into each state"), labels, series)


def _file(kind_of_file: str, found: Behaviour, kind: Cycle) -> HttpResponseBase:
    head = [_("State"), _("Now"), _("Worth now, MAD"), _("Share of all")]
    for place, span in enumerate(found.cycles):
        name = _name(span, kind, place)
        head += [name, _("%(cycle)s, MAD") % {"cycle": name}]
    rows = [
        [
            row.state.label,
            row.now.qty,
            row.now.amount,
            None if row.share is None else round(row.share, 4),
            *(cell for figure in row.entered for cell in (figure.qty, Decimal(figure.amount))),
        ]
        for row in found.rows
    ]
    return table_download(kind=kind_of_file, name="states", head=head, rows=rows)
