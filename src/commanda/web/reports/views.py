"""The catalogue of reports, and one report on the page, on paper and as a file."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.insights.measures import Dimension
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotAllowed
from commanda.kernel.export import table_download
from commanda.kernel.text import fold
from commanda.reports import export as cells
from commanda.reports.catalogue import Extra, Report, by_theme, get_report, has_reports, reports_for
from commanda.reports.heat import Heat, heat_of
from commanda.reports.lead_times import stage_times
from commanda.reports.names import LABELS, choices, filters_for, key_text, named_filters, names_of
from commanda.reports.periods import LABELS as PERIOD_LABELS
from commanda.reports.periods import Comparison
from commanda.reports.plain import plain_table
from commanda.reports.query import CUSTOM, ReportQuery, filter_params, read_query
from commanda.reports.table import ReportTable, report_table
from commanda.reports.writing import span_label
from commanda.web.account.fresh import confirmed
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page
from commanda.web.periods import BASIS_LABELS
from commanda.web.reports.cells import Address, sheet_of
from commanda.web.reports.drawing import chart_of
from commanda.web.reports.links import RowLinks

ALL_ROWS: Final = "all"
PAPER_LANGUAGES: Final = [code for code, _name in settings.LANGUAGES]


@page()
@require_safe
def catalogue(request: PageRequest) -> HttpResponse:
    """The reports that the reader may see, by theme."""
    if not has_reports(request.actor):
        raise NotAllowed
    wanted = fold(request.GET.get("q", ""))
    found = [
        report
        for report in reports_for(request.actor)
        if all(word in fold(f"{report.label} {report.explanation}") for word in wanted.split())
    ]
    context = {"themes": by_theme(found), "q": request.GET.get("q", "")}
    return render_page(request, "reports/catalogue.html", context, partial="reports/_cards.html")


def asked_of(request: PageRequest) -> dict[str, str]:
    """The parts of the address."""
    return {name: request.GET.get(name, "") for name in request.GET}


def answered(request: PageRequest, report_slug: str) -> tuple[Report, ReportQuery, ReportTable]:
    """The report that the address asks for. Raises `NotFound` where there is none for the reader."""
    report = get_report(request.actor, report_slug)
    query = read_query(request.actor, report, asked_of(request))
    return report, query, report_table(request.actor, report, query)


def address_of(query: ReportQuery, **kept: str) -> Address:
    """Writes the page's address with single parts replaced; `kept` are parts that are not the query's."""

    def write(**changes: str) -> str:
        address = QueryDict(mutable=True)
        address.update(query.params(**{**kept, **changes}))
        return f"?{address.urlencode()}"

    return write


@page()
@require_safe
def report_page(request: PageRequest, report_slug: str) -> HttpResponse:
    report, query, table = answered(request, report_slug)
    links, shown = RowLinks(query.span.params(), query.view, query.filters), request.GET.get("rows", "")
    address = address_of(query, rows=ALL_ROWS if shown == ALL_ROWS else "")
    context = {
        "report": report,
        "query": query,
        "table": table,
        "links": links,
        "sheet": sheet_of(request.actor, table, links, address, is_whole=shown == ALL_ROWS),
        "all_rows": address(rows=ALL_ROWS),
        "chart": chart_of(table, links),
        "params": address(),
        **_switches(request.actor, report, query, address),
        **_extras(request, report, query, links, address),
    }
    return render_page(request, "reports/report.html", context)


def _switches(actor: Actor, report: Report, query: ReportQuery, address: Address) -> dict[str, Any]:
    """What else could be asked: periods, comparisons, ways of counting, axes, filters."""
    return {
        "basis_label": BASIS_LABELS[query.basis],
        "span": span_label(query.period),
        "before_span": span_label(query.before) if query.before else "",
        "is_custom": query.span.name == CUSTOM,
        "periods": [
            {"label": label, "url": address(period=slug), "is_active": slug == query.span.name}
            for slug, label in PERIOD_LABELS.items()
        ],
        "comparisons": [
            {"label": each.label, "url": address(compare=each.value), "is_active": each is query.comparison}
            for each in Comparison
        ],
        "bases": [
            {"label": label, "url": address(basis=basis.value), "is_active": basis is query.basis}
            for basis, label in BASIS_LABELS.items()
        ],
        "axes": [
            {"label": axis.label, "url": address(by=axis.slug, sort=""), "is_active": axis == query.axis}
            for axis in report.axes_for(actor, query.view)
        ],
        "filters": filter_fields(actor, query),
        "filter_count": len(query.filters),
        "kept": _without(query.params(), filter_params(query.filters)),
        "kept_for_days": _without(query.params(), query.span.params()) | {"basis": query.basis.value},
        "unfiltered": address(**dict.fromkeys(filter_params(query.filters), "")),
    }


def _without(params: dict[str, str], others: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in params.items() if name not in others}


def filter_fields(actor: Actor, query: ReportQuery) -> list[dict[str, Any]]:
    """The filters that the reader may use, each with its choices; one that is set to "none" keeps that choice."""
    fields: list[dict[str, Any]] = []
    for dimension in filters_for(actor, query.view):
        chosen = key_text(query.filters[dimension]) if dimension in query.filters else ""
        options = choices(actor, dimension)
        if chosen and chosen not in dict(options):
            options.append((chosen, names_of(actor, dimension, [query.filters[dimension]])[query.filters[dimension]]))
        fields.append({"name": dimension.value, "label": LABELS[dimension], "options": options, "chosen": chosen})
    return fields


def _extras(
    request: PageRequest, report: Report, query: ReportQuery, links: RowLinks, address: Address
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if Extra.STAGES in report.extras:
        found["stages"], found["whole_way"] = stage_times(request.actor, query)
    if Extra.HEAT in report.extras:
        heat = heat_of(request.actor, query, request.GET.get("of", ""))
        found["heat"] = heat
        if heat is not None:
            found |= _heat_links(heat, query, links)
            found["heat_choices"] = [
                {"label": kpi.label, "url": address(of=kpi.slug), "is_active": kpi.slug == heat.kpi.slug}
                for kpi in heat.choices
            ]
    return found


def _heat_links(heat: Heat, query: ReportQuery, links: RowLinks) -> dict[str, Any]:
    """Every number of the map with the address of its rows."""

    def to(**keys: int) -> str:
        return links.to(heat.kpi.slug, {Dimension(name): key for name, key in keys.items()}, query.period)

    rows = [
        (row, [(cell, to(weekday=day, hour=row.hour)) for day, cell in enumerate(row.cells)], to(hour=row.hour))
        for row in heat.rows
    ]
    return {
        "heat_rows": rows,
        "heat_totals": [(value, to(weekday=day)) for day, value in enumerate(heat.totals)],
        "heat_url": to(),
    }


@page()
@confirmed(also_reading=True, asks=Perm.FINANCE_VIEW)
@require_safe
def report_export(request: PageRequest, report_slug: str, kind: str) -> HttpResponseBase:
    """The table as CSV or XLSX, every row of it."""
    report, _query, table = answered(request, report_slug)
    return table_download(kind=kind, name=report.slug, head=cells.head(table), rows=cells.cells(table))


@page()
@require_safe
def report_print(request: PageRequest, report_slug: str) -> HttpResponse:
    """The table for A4 paper: `?lang=fr|ar|en` besides what the page takes."""
    language = request.GET.get("lang", "")
    if language not in PAPER_LANGUAGES:
        language = (get_language() or "fr")[:2]
    with override(language):
        report, query, table = answered(request, report_slug)
        address = address_of(query)
        context = {
            "report": report,
            "query": query,
            "table": table,
            "plain": plain_table(table),
            "span": span_label(query.period),
            "before_span": span_label(query.before) if query.before else "",
            "filters": named_filters(request.actor, query.filters),
            "languages": [{"code": code, "url": address(lang=code)} for code in PAPER_LANGUAGES],
            "language": language,
            "back": f"{reverse('report', args=[report.slug])}{address()}",
        }
        response = render(request, "reports/print.html", context)
    response["Content-Language"] = language
    return response
