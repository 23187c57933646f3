"""The order page: everything about one order, and what can be done with it now."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.kernel.actor import Actor
from commanda.orders import duplicates, selectors
from commanda.orders.attachment_content import ACCEPT
from commanda.orders.entry_selectors import attachments_of, billing_of
from commanda.orders.mentions import mentionable
from commanda.orders.models import Order
from commanda.orders.stages import QUEUED, Stage
from commanda.orders.workflow import current_graph
from commanda.privacy.services.note_access import note_access
from commanda.shipping.selectors import parcels_of
from commanda.web.htmx import wants_partial
from commanda.web.orders.axes import axes_of
from commanda.web.orders.copying import blocks_of
from commanda.web.orders.forms import CommentForm, TagsForm
from commanda.web.orders.moves import options_of
from commanda.web.orders.printing import LANGUAGES, PAPERS
from commanda.web.orders.timeline import KINDS, MOST_PAGES, PAGE, timeline
from commanda.web.page import PageRequest, page

MOST_COLLEAGUES: Final = 200
MILESTONES = [Stage.NEW, Stage.CONFIRMING, Stage.CONFIRMED, Stage.SHIPPED, Stage.DELIVERED]


# The parts that the page fetches again by themselves, by their ids.
PARTS: Final = {"order-axes": "orders/_axes.html", "timeline": "orders/_timeline_list.html"}


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def order_detail(request: PageRequest, reference: str) -> HttpResponse:
    """The whole page; to htmx only its axes or its time-line. `?show=calls&page=2` is of the time-line."""
    order = selectors.get_order(request.actor, reference)
    part = request.htmx.target if wants_partial(request) else None
    if part == "order-axes":
        return render(request, PARTS[part], {"order": order, **_standing(request.actor, order)})
    shown = _timeline(request, order)
    if part == "timeline":
        return render(request, PARTS[part], {"order": order, **shown})
    note_access(actor=request.actor, kind="opened", customer_ids=[order.customer_id])
    return render(request, "orders/detail.html", detail_context(request.actor, order, **shown))


def detail_context(actor: Actor, order: Order, **more: Any) -> dict[str, Any]:
    """What the page shows; `more` replaces forms that came back with errors."""
    standing = _standing(actor, order)
    options = options_of(actor, order, standing["parcel"])
    may_see_client = actor.can(Perm.CUSTOMERS_VIEW)
    if "timeline" not in more:
        more |= page_of_timeline(actor, order)
    return {
        "order": order,
        **standing,
        "options": [option for option in options if option.state.stage != Stage.CANCELLED],
        "endings": [option for option in options if option.state.stage == Stage.CANCELLED],
        "reasons": selectors.reasons("cancel"),
        "return_reasons": selectors.reasons("return"),
        "others": selectors.other_orders(actor, order, most=8),
        "record": selectors.client_record(order),
        "absorbed": duplicates.merged_into(actor, order),
        "merged_into": duplicates.kept_reference(actor, order),
        "steps": _steps(order),
        "blocks": blocks_of(actor, order),
        "papers": PAPERS.values(),
        "print_languages": LANGUAGES,
        "colleagues": [{"name": person.name, "role": str(person.role)} for person in _colleagues(actor, order)],
        "comment_form": CommentForm(),
        "accept": ACCEPT,
        "tags_form": TagsForm(initial={"tags": ", ".join(order.tags)}),
        "agents": agents() if actor.can(Perm.ORDERS_ASSIGN) else [],
        "is_queued": order.stage in QUEUED,
        "may_write": actor.can(Perm.ORDERS_EDIT),
        "may_see_files": may_see_client,
        "may_edit": order.is_editable and actor.can(Perm.ORDERS_EDIT) and may_see_client,
        **more,
    }


def page_of_timeline(actor: Actor, order: Order, show: str = "all", number: int = 1) -> dict[str, Any]:
    """The newest `number` pages of the time-line, and whether there is more."""
    entries = timeline(actor, order, show, number * PAGE + 1)
    return {
        "timeline": entries[: number * PAGE],
        "has_older": len(entries) > number * PAGE and number < MOST_PAGES,
        "next_page": number + 1,
        "page_number": number,
        "show": show,
        "kinds": KINDS.items(),
    }


def _timeline(request: PageRequest, order: Order) -> dict[str, Any]:
    show = request.GET.get("show", "all")
    typed = request.GET.get("page", "1")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 1
    return page_of_timeline(request.actor, order, show if show in KINDS else "all", min(max(number, 1), MOST_PAGES))


def _standing(actor: Actor, order: Order) -> dict[str, Any]:
    """Parcel, billing and files, and where the order stands by them."""
    parcel = parcels_of(actor, order.pk).order_by("-id").first()
    billing = billing_of(order.pk)
    files = list(attachments_of(order.pk))
    may_see_client = actor.can(Perm.CUSTOMERS_VIEW)
    return {
        "parcel": parcel,
        "billing": billing if may_see_client else None,
        "files": files if may_see_client else [],
        "axes": axes_of(actor, order, parcel, billing, files),
    }


def _colleagues(actor: Actor, order: Order) -> list[User]:
    return (
        list(mentionable(actor, order).select_related("role")[:MOST_COLLEAGUES]) if actor.can(Perm.ORDERS_EDIT) else []
    )


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
