"""One order beside the list: enough to decide, without leaving the page."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.orders import selectors
from commanda.privacy.services.note_access import note_access
from commanda.web.htmx import render_page
from commanda.web.orders.timeline import timeline
from commanda.web.page import PageRequest, page

EVENTS_SHOWN = 6


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)
@require_safe
def order_drawer(request: PageRequest, reference: str) -> HttpResponse:
    """State, client, goods and the last events; a page of its own without scripts."""
    order = selectors.get_order(request.actor, reference)
    note_access(actor=request.actor, kind="opened", customer_ids=[order.customer_id])
    context = {
        "order": order,
        "timeline": timeline(request.actor, order)[:EVENTS_SHOWN],
        "record": selectors.client_record(order),
        "parcel": order.parcels.select_related("carrier").order_by("-id").first(),
    }
    return render_page(request, "orders/drawer.html", context, partial="orders/_drawer.html")
