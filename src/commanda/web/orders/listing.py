"""The orders list: views and stages as tabs with counts, filters, search, keyset pages, export."""

from typing import Any, Final

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agent_choices
from commanda.kernel.export import MAX_ROWS, table_download
from commanda.orders import selectors
from commanda.orders.counting import Counts
from commanda.orders.filters import OrderFilters
from commanda.orders.stages import Stage
from commanda.orders.statemachine import Graph
from commanda.orders.workflow import current_graph
from commanda.privacy.services.note_access import note_access
from commanda.web.htmx import render_page
from commanda.web.numbers import numbers_of
from commanda.web.orders.columns import IN_FILES, choose, read_by, table_rows
from commanda.web.orders.filters import FilterForm, filters_of
from commanda.web.orders.list_rows import read_all, read_page
from commanda.web.orders.printing import PAPERS
from commanda.web.orders.views import kept_query, tabs_of, views_of
from commanda.web.page import PageRequest, page

TABS: Final = [stage for stage in Stage if stage is not Stage.DRAFT]
SEE: Final = (Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)


@page(*SEE)
@require_safe
def order_list(request: PageRequest) -> HttpResponse:
    """The list; htmx gets the part below the search field."""
    settings = selectors.list_settings(request.actor)
    views = views_of(request.actor)
    chosen = next((view for view in views if view.key == request.GET.get("view", "")), None)
    start = next((view for view in views if view.key == settings.start_view), None)
    if start is not None and not request.GET:
        return HttpResponseRedirect(reverse("orders") + start.url)
    filters, active = filters_of(request.GET, request.actor)
    columns = choose((chosen.columns if chosen else ()) or settings.columns, request.actor)
    graph = current_graph()
    counts = selectors.state_counts(request.actor, filters)
    states = _chosen_states(graph, filters)
    orders = selectors.find_counted(request.actor, filters, counts, states)
    found = read_page(orders, read_by(columns), request.GET.get("after"))
    context: dict[str, Any] = {
        "filters": filters,
        "active": active,
        "columns": columns,
        "is_dense": settings.is_dense,
        "page": found,
        "table_rows": table_rows(found, columns),
        "view": chosen,
        "is_changed": chosen is not None and kept_query(request.GET) != kept_query(QueryDict(chosen.query)),
        "kept_query": kept_query(request.GET),
        "views": tabs_of(request.actor, views, chosen.key if chosen else ""),
        "tabs": _tabs(request, graph, filters, counts),
        "states": _states(request, graph, filters, counts),
        "counts": counts,
        "total": counts.of(states),
        **bulk_choices(request, graph),
    }
    return render_page(request, "orders/list.html", context, partial="orders/_results.html")


@page(*SEE)
@require_safe
def filter_form(request: PageRequest) -> HttpResponse:
    """Every filter as a form: fetched when somebody asks for it, a page of its own without scripts."""
    kept = [(name, request.GET[name]) for name in ("q", "stage", "state") if request.GET.get(name)]
    context = {"form": FilterForm(request.GET, actor=request.actor), "hidden": kept}
    return render_page(request, "orders/filters.html", context, partial="orders/_filters.html")


@page(*SEE)
@require_safe
def export(request: PageRequest, kind: str) -> HttpResponseBase:
    """The list under the same filters as CSV or XLSX, newest first; read as it is sent.

    `columns=all` gives what one may want to work with, otherwise the columns on the screen.
    """
    filters, _active = filters_of(request.GET, request.actor)
    ids = numbers_of(request.GET.getlist("ids")[:MAX_ROWS])
    rows = selectors.find_orders(request.actor, filters)
    return export_rows(request, kind, rows.filter(pk__in=ids) if ids else rows)


def export_rows(request: PageRequest, kind: str, rows: Any) -> HttpResponseBase:
    """These orders as a file."""
    settings = selectors.list_settings(request.actor)
    shown = settings.columns if request.GET.get("columns") == "shown" else IN_FILES
    columns = choose(shown, request.actor, usual=IN_FILES)
    clients = rows.order_by("-id").values_list("customer_id", flat=True)[:MAX_ROWS]
    note_access(actor=request.actor, kind="exported", customer_ids=clients)
    head = [str(column.label) for column in columns]
    found = read_all(rows, read_by(columns), MAX_ROWS)
    cells = ([column.value(row) for column in columns] for row in found)
    return table_download(kind=kind, name="orders", head=head, rows=cells)


def bulk_choices(request: PageRequest, graph: Graph) -> dict[str, Any]:
    """What the bulk bar offers."""
    nodes = sorted(graph.states.values(), key=lambda node: node.position)
    return {
        "agents": agent_choices() if request.actor.can(Perm.ORDERS_ASSIGN) else [],
        "bulk_states": [(node.slug, node.label) for node in nodes if node.stage is not Stage.DRAFT],
        "reasons": [(reason.slug, reason.label) for reason in selectors.cancel_reasons()],
        "papers": [(paper.slug, paper.label) for paper in PAPERS.values()],
    }


def _query(request: PageRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name in ("after", "stage", "state", "view"):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _chosen_stage(graph: Graph, filters: OrderFilters) -> str:
    return graph.by_slug[filters.state].stage if filters.state in graph.by_slug else filters.stage


def _chosen_states(graph: Graph, filters: OrderFilters) -> list[int]:
    if filters.state:
        return [node.pk for node in graph.states.values() if node.slug == filters.state]
    return [node.pk for node in graph.states.values() if filters.stage in ("", node.stage)]


def _tabs(request: PageRequest, graph: Graph, filters: OrderFilters, counts: Counts) -> list[dict[str, Any]]:
    chosen = _chosen_stage(graph, filters)
    tabs = [{"url": _query(request), "label": _("All"), "count": counts.total, "is_active": not chosen}]
    for stage in TABS:
        nodes = [node for node in graph.states.values() if node.stage is stage]
        tabs.append(
            {
                "url": _query(request, stage=stage),
                "label": stage.label,
                "count": counts.of(node.pk for node in nodes),
                "is_active": chosen == stage,
                "colour": nodes[0].color if nodes else "",
            }
        )
    return [tab | {"is_estimate": counts.is_estimate} for tab in tabs]


def _states(request: PageRequest, graph: Graph, filters: OrderFilters, counts: Counts) -> list[dict[str, Any]]:
    """The states of the chosen stage, when it has more than one."""
    stage = _chosen_stage(graph, filters)
    nodes = sorted((n for n in graph.states.values() if n.stage == stage), key=lambda n: n.position)
    if len(nodes) < 2:
        return []
    return [
        {
            "url": _query(request, state=node.slug)
            if filters.state != node.slug
            else _query(request, stage=node.stage),
            "label": node.label,
            "count": counts.by_state.get(node.pk, 0),
            "is_active": filters.state == node.slug,
            "colour": node.color,
            "is_estimate": counts.is_estimate,
        }
        for node in nodes
    ]
