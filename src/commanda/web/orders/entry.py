"""Enter and edit orders by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commanda.accounts.permissions import Perm
from commanda.customers.selectors import client_by_phone
from commanda.kernel.errors import CommandaError, Conflict
from commanda.kernel.phone import PhoneProblem, parse_phone
from commanda.orders import selectors
from commanda.orders.models import Order
from commanda.orders.services.edit import edit_order
from commanda.web.htmx import redirect, render_page
from commanda.web.once import form_token
from commanda.web.orders.forms import BaseLines, OrderForm, line_formset
from commanda.web.page import PageRequest, form_errors, page


@page(Perm.ORDERS_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PageRequest, reference: str) -> HttpResponse:
    """Change client, delivery and lines of an order that has not left the house."""
    request.actor.require(Perm.CUSTOMERS_VIEW)  # the form shows the client
    order = selectors.get_order(request.actor, reference)
    if not order.is_editable:
        raise Conflict(_("This order has left the house. It can no longer be changed; add a comment instead."))
    form = OrderForm(request.POST or None, actor=request.actor, order=order)
    lines = line_formset(request.actor, request.POST or None, order)
    if request.method == "POST" and _both_valid(form, lines):
        with form_errors(form):
            edit_order(actor=request.actor, order_id=order.pk, fields=form.edited(), lines=lines.drafts())
            messages.success(request, _("The order is changed."))
            return redirect(request, reverse("order", args=[order.reference]))
    return _render(request, "orders/edit.html", form, lines, order)


def _both_valid(form: OrderForm, lines: BaseLines) -> bool:
    return all([form.is_valid(), lines.is_valid()])


def _render(
    request: PageRequest, template: str, form: OrderForm, lines: BaseLines, order: Order | None = None
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "lines": lines, "order": order, "token": form_token(request)}
    return render_page(request, template, context, status=422 if form.is_bound else 200)


@page(Perm.ORDERS_CREATE)
@require_safe
def client_lookup(request: PageRequest) -> HttpResponse:
    """The client known under a phone, for filling the form; empty when there is none the actor may see."""
    try:
        phone = parse_phone(request.GET.get("phone", "")).e164
    except (PhoneProblem, CommandaError):
        return JsonResponse({})
    client = client_by_phone(request.actor, phone)
    if client is None:
        return JsonResponse({})
    return JsonResponse(
        {
            "customer_name": client.name,
            "city": client.city_id,
            "address": client.address,
            "is_blocked": client.is_blocked,
            "blocked_reason": client.blocked_reason,
        }
    )
