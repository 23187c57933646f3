"""What came back: look at it, then shelf, quarantine or loss."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import CommandaError, Invalid
from commanda.orders.models import Order, OrderLine
from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.shipping import selectors
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page
from commanda.web.shipping.forms import FilterForm
from commanda.web.shipping.parts import desk_context

FIELDS = ("back", "quarantine", "lost")
SIZE = 20


@page(Perm.SHIPPING_RETURNS)
@require_safe
def to_inspect(request: PageRequest) -> HttpResponse:
    """Returned orders with units that nobody has looked at, first returned first."""
    return _show(request)


def _show(
    request: PageRequest, *, refused_id: int | None = None, error: Exception | None = None, status: int = 200
) -> HttpResponse:
    filters = FilterForm(request.GET).values
    rows = selectors.to_inspect(request.actor, search=filters["search"])
    shown = keyset_page(rows, order=("returned_at", "id"), cursor=request.GET.get("after"), size=SIZE)
    context: dict[str, Any] = {
        **desk_context(request, "shipping_returns"),
        "page": shown,
        "cards": [(order, _lines(request, order, order.pk == refused_id)) for order in shown],
        "search": filters["search"],
        "refused_id": refused_id,
        "shows_refused": any(order.pk == refused_id for order in shown),
        "error": error,
    }
    return render_page(request, "shipping/returns.html", context, partial="shipping/_returns.html", status=status)


def _lines(request: PageRequest, order: Order, is_refused: bool) -> list[tuple[OrderLine, dict[str, str]]]:
    """The lines that wait, with what was typed when the form came back with an error."""
    typed = request.POST if is_refused else {}
    return [
        (line, {name: str(typed.get(f"{name}-{line.pk}", "")) for name in FIELDS})
        for line in order.lines.all()
        if line.pending_qty
    ]


@page(Perm.SHIPPING_RETURNS)
@require_POST
def inspect(request: PageRequest, order_id: int) -> HttpResponse:
    """Write down the inspection of one order; `all_back` puts everything that waits on the shelf."""
    try:
        order = selectors.returned_order(request.actor, order_id)
        inspect_return(
            actor=request.actor,
            order_id=order_id,
            verdicts=_verdicts(request, order),
            note=request.POST.get("note", "").strip()[:300],
        )
    except CommandaError as error:
        return _show(request, refused_id=order_id, error=error, status=error.status)
    messages.success(request, _("%(reference)s: inspection saved.") % {"reference": order.reference})
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(request, reverse("shipping_returns") + query)


def _verdicts(request: PageRequest, order: Order) -> list[Verdict]:
    waiting = [line for line in order.lines.all() if line.pending_qty]
    if "all_back" in request.POST:
        verdicts = [Verdict(line.pk, back_qty=line.pending_qty) for line in waiting]
    else:
        verdicts = [
            Verdict(line.pk, *(_quantity(request.POST.get(f"{name}-{line.pk}", "")) for name in FIELDS))
            for line in waiting
        ]
    chosen = [verdict for verdict in verdicts if verdict.back_qty or verdict.quarantine_qty or verdict.lost_qty]
    if not chosen:
        raise Invalid(_("Say where at least one unit goes."), field="lines", code="nothing_inspected")
    return chosen


def _quantity(text: str) -> int:
    text = text.strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Invalid(_("Write whole numbers of units, 0 or more."), field="lines", code="bad_quantity")
    return int(text)
