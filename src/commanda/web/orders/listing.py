"""The orders list: stages as tabs with counts, filters, search, keyset pages, export."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.kernel.actor import Actor
from commanda.kernel.export import MAX_ROWS, table_download
from commanda.kernel.phone import format_phone
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders import selectors
from commanda.orders.filters import OrderFilters
from commanda.orders.models import Order
from commanda.orders.stages import Stage
from commanda.orders.statemachine import Graph
from commanda.orders.workflow import current_graph
from commanda.web.htmx import render_page
from commanda.web.orders.filters import FilterForm, read_filters
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

TABS = [stage for stage in Stage if stage is not Stage.DRAFT]


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def order_list(request: PageRequest) -> HttpResponse:
    """The list; htmx gets the part below the filters."""
    form = FilterForm(request.GET, actor=request.actor)
    filters = read_filters(form)
    graph = current_graph()
    counts = selectors.state_counts(request.actor, filters)
    rows = keyset_page(selectors.find_orders(request.actor, filters), order=("-id",), cursor=request.GET.get("after"))
    context: dict[str, Any] = {
        "form": form,
        "filters": filters,
        "page": rows,
        "tabs": _tabs(request, graph, filters, counts),
        "chips": _chips(request, graph, filters, counts),
        "total": _shown_total(graph, filters, counts),
        "agents": agents() if request.actor.can(Perm.ORDERS_ASSIGN) else [],
        "bulk_states": [
            (node.slug, node.label(get_language() or "fr"))
            for node in sorted(graph.states.values(), key=lambda node: node.position)
            if node.stage is not Stage.DRAFT
        ],
        "reasons": selectors.reasons("cancel"),
    }
    return render_page(request, "orders/list.html", context, partial="orders/_results.html")


def _query(request: PageRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name in ("after", "stage", "state"):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _tabs(request: PageRequest, graph: Graph, filters: OrderFilters, counts: dict[str, int]) -> list[dict[str, Any]]:
    chosen = graph.by_slug[filters.state].stage if filters.state in graph.by_slug else filters.stage
    tabs = [
        {"url": _query(request), "label": _("All"), "count": sum(counts.values()), "is_active": not chosen},
    ]
    for stage in TABS:
        nodes = [node for node in graph.states.values() if node.stage is stage]
        tabs.append(
            {
                "url": _query(request, stage=stage),
                "label": stage.label,
                "count": sum(counts.get(node.slug, 0) for node in nodes),
                "is_active": chosen == stage,
                "colour": nodes[0].color if nodes else "",
            }
        )
    return tabs


def _chips(request: PageRequest, graph: Graph, filters: OrderFilters, counts: dict[str, int]) -> list[dict[str, Any]]:
    """The states of the chosen stage, when it has more than one."""
    stage = graph.by_slug[filters.state].stage if filters.state in graph.by_slug else filters.stage
    nodes = sorted((n for n in graph.states.values() if n.stage == stage), key=lambda n: n.position)
    if len(nodes) < 2:
        return []
    return [
        {
            "url": _query(request, state=node.slug)
            if filters.state != node.slug
            else _query(request, stage=node.stage),
            "label": node.label(get_language() or "fr"),
            "count": counts.get(node.slug, 0),
            "is_active": filters.state == node.slug,
            "colour": node.color,
        }
        for node in nodes
    ]


def _shown_total(graph: Graph, filters: OrderFilters, counts: dict[str, int]) -> int:
    if filters.state:
        return counts.get(filters.state, 0)
    if filters.stage:
        return sum(counts.get(node.slug, 0) for node in graph.states.values() if node.stage == filters.stage)
    return sum(counts.values())


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def export(request: PageRequest, kind: str) -> HttpResponseBase:
    """The list under the same filters as CSV or XLSX, newest first; read as it is sent."""
    filters = read_filters(FilterForm(request.GET, actor=request.actor))
    rows = selectors.find_orders(request.actor, filters)[:MAX_ROWS].iterator(chunk_size=500)
    head = [
        _("Reference"), _("Created"), _("State"), _("Client"), _("Phone"), _("City"), _("Address"), _("Products"),
        _("Quantity"), _("Total"), _("Agent"), _("Channel"), _("Platform"), _("Note"),
    ]  # fmt: skip
    return table_download(
        kind=kind, name="orders", head=head, rows=(_export_row(request.actor, order) for order in rows)
    )


def _export_row(actor: Actor, order: Order) -> list[Any]:
    lines = order.lines.all()
    sees_clients = may_see(actor, FieldClass.PERSONAL)
    return [
        order.reference,
        order.created_at,
        order.state.label,
        order.customer_name if sees_clients else "",
        format_phone(order.phone_e164) if sees_clients else "",
        str(order.city or order.city_text),
        order.address if sees_clients else "",
        ", ".join(f"{line.quantity} × {line.label}" for line in lines),
        sum(line.quantity for line in lines),
        order.total_amount,
        str(order.assignee or ""),
        order.get_channel_display(),
        order.platform,
        order.note if sees_clients else "",
    ]
