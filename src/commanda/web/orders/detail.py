"""The order page: everything about one order, and what can be done with it now."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.kernel.actor import Actor
from commanda.orders import duplicates, selectors
from commanda.orders.entry_selectors import attachments_of, billing_of
from commanda.orders.models import Order
from commanda.orders.stages import QUEUED, Stage
from commanda.orders.workflow import current_graph
from commanda.web.htmx import render_page
from commanda.web.orders.forms import CommentForm, TagsForm
from commanda.web.orders.timeline import timeline
from commanda.web.page import PageRequest, page

MILESTONES = [Stage.NEW, Stage.CONFIRMING, Stage.CONFIRMED, Stage.SHIPPED, Stage.DELIVERED]


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def order_detail(request: PageRequest, reference: str) -> HttpResponse:
    order = selectors.get_order(request.actor, reference)
    return render_page(request, "orders/detail.html", detail_context(request.actor, order))


def detail_context(actor: Actor, order: Order, **more: Any) -> dict[str, Any]:
    """What the page shows; `more` replaces forms that came back with errors."""
    moves = selectors.moves_of(actor, order)
    return {
        "order": order,
        "moves": [(state, move) for state, move in moves if state.stage != Stage.CANCELLED],
        "endings": [(state, move) for state, move in moves if state.stage == Stage.CANCELLED],
        "reasons": selectors.reasons("cancel"),
        "return_reasons": selectors.reasons("return"),
        "timeline": timeline(actor, order),
        "others": selectors.other_orders(actor, order)[:8],
        "record": selectors.client_record(order),
        "absorbed": duplicates.merged_into(actor, order),
        "merged_into": duplicates.kept_reference(actor, order),
        "parcel": order.parcels.select_related("carrier").order_by("-id").first(),
        "billing": billing_of(order.pk) if actor.can(Perm.CUSTOMERS_VIEW) else None,
        "files": attachments_of(order.pk) if actor.can(Perm.CUSTOMERS_VIEW) else [],
        "steps": _steps(order),
        "comment_form": CommentForm(),
        "tags_form": TagsForm(initial={"tags": ", ".join(order.tags)}),
        "agents": agents() if actor.can(Perm.ORDERS_ASSIGN) else [],
        "is_queued": order.stage in QUEUED,
        "may_edit": order.is_editable and actor.can(Perm.ORDERS_EDIT) and actor.can(Perm.CUSTOMERS_VIEW),
        **more,
    }


def _steps(order: Order) -> list[dict[str, Any]]:
    """The way of an order as a row of steps; an order that ended otherwise shows that as the last one."""
    graph = current_graph()
    stage = Stage(order.stage)
    way = list(MILESTONES)
    if stage in {Stage.RETURNED, Stage.CANCELLED}:
        way[-1] = stage
    position = way.index(stage) if stage in way else -1
    stamps = {
        Stage.NEW: order.created_at,
        Stage.CONFIRMING: order.contacted_at,
        Stage.CONFIRMED: order.confirmed_at,
        Stage.SHIPPED: order.shipped_at,
        Stage.DELIVERED: order.delivered_at,
        Stage.RETURNED: order.returned_at,
        Stage.CANCELLED: order.cancelled_at,
    }
    return [
        {
            "label": order.state.label if step is stage else step.label,
            "at": stamps[step] if number <= position else None,
            "is_done": number < position and stamps[step] is not None,
            "is_current": number == position,
            "colour": order.state.color if step is stage else graph.first_of(step).color,
        }
        for number, step in enumerate(way)
    ]
