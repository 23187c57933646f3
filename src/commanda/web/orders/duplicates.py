"""Orders that look like one: compared side by side, then merged or told apart by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.confirmation.models import Call
from commanda.intake.models import StagedRow
from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError
from commanda.kernel.money import format_mad
from commanda.kernel.phone import format_phone
from commanda.orders import duplicates, selectors
from commanda.orders.models import Order
from commanda.orders.services.merge import keep_apart, merge_orders, part_order
from commanda.web.htmx import redirect, render_page
from commanda.web.intake.parts import tabs
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

PAGE_PAIRS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that both orders say: `kind` is how it is drawn (`text`, `ltr`, `moment`, `lines`)."""

    label: str
    values: tuple[Any, Any]
    kind: str = "text"

    @property
    def differs(self) -> bool:
        return bool(self.values[0] != self.values[1])


@dataclass(frozen=True, slots=True)
class Pair:
    """Two orders beside each other, the earlier one first."""

    first: Order
    second: Order
    lines: list[Line]

    @property
    def may_merge(self) -> bool:
        return self.first.is_editable and self.second.is_editable

    @property
    def is_same_goods(self) -> bool:
        return _goods(self.first) == _goods(self.second)


@require_safe
@page(Perm.ORDERS_ASSIGN)
def duplicates_page(request: PageRequest) -> HttpResponse:
    """The pairs that wait for a decision, the newest first; with `order` those of one order."""
    reference = request.GET.get("order", "")[:20]
    found = keyset_page(
        duplicates.open_pairs(request.actor, reference),
        order=("-id",),
        cursor=request.GET.get("after"),
        size=PAGE_PAIRS,
    )
    context = {
        "tabs": tabs(request.actor, "duplicates") if request.actor.can(Perm.INTAKE_MANAGE) else [],
        "page": found,
        "pairs": _pairs(request.actor, found.rows),
        "number": duplicates.open_pairs_number(request.actor),
        "reference": reference,
    }
    return render_page(request, "orders/duplicates.html", context, partial="orders/_duplicates.html")


@require_POST
@page(Perm.ORDERS_ASSIGN)
def merge(request: PageRequest, reference: str) -> HttpResponse:
    """Keep this order and merge the other one into it."""
    keep = selectors.get_order(request.actor, reference)
    try:
        merged = selectors.get_order(request.actor, request.POST.get("other", "")[:20])
        expected = {order.pk: state for order in (keep, merged) if (state := request.POST.get(f"state-{order.pk}"))}
        merge_orders(
            actor=request.actor,
            keep_id=keep.pk,
            merge_id=merged.pk,
            take_lines="take_lines" in request.POST,
            expected=expected,
        )
    except CommandaError as error:
        messages.error(request, str(error))
        return _back(request)
    text = _("%(merged)s is merged into %(kept)s.")
    messages.success(request, text % {"merged": merged.reference, "kept": keep.reference})
    return _back(request)


@require_POST
@page(Perm.ORDERS_ASSIGN)
def apart(request: PageRequest, reference: str) -> HttpResponse:
    """They are two orders."""
    order = selectors.get_order(request.actor, reference)
    keep_apart(actor=request.actor, order_id=order.pk)
    messages.success(request, _("They stay two orders."))
    return _back(request)


@require_POST
@page(Perm.ORDERS_ASSIGN)
def part(request: PageRequest, reference: str) -> HttpResponse:
    """Take a merge back."""
    order = selectors.get_order(request.actor, reference)
    try:
        part_order(actor=request.actor, order_id=order.pk)
    except CommandaError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The order is one of its own again. Check the products of the other one."))
    return redirect(request, reverse("order", args=[order.reference]))


def _back(request: PageRequest) -> HttpResponse:
    return HttpResponseRedirect(reverse("order_duplicates"))


def _pairs(actor: Actor, orders: Sequence[Order]) -> list[Pair]:
    both = [order for flagged in orders for order in (flagged, flagged.possible_duplicate_of) if order is not None]
    ids = {order.pk for order in both}
    calls = _calls(actor, ids)
    places = _places(actor, ids)
    return [
        Pair(original, flagged, _lines(actor, original, flagged, calls, places))
        for flagged in orders
        if (original := flagged.possible_duplicate_of) is not None
    ]


def _calls(actor: Actor, ids: set[int]) -> dict[int, int]:
    rows = Call.objects.visible_to(actor).standing().filter(order_id__in=ids).order_by()
    return dict(rows.values_list("order_id").annotate(number=Count("pk")))


def _places(actor: Actor, ids: set[int]) -> dict[int, str]:
    """Which row of which source each order came from, for those who manage sources."""
    rows = StagedRow.objects.visible_to(actor).filter(order_id__in=ids).order_by("pk")
    return {
        order_id: f"{source} · {number}"
        for order_id, source, number in rows.values_list("order_id", "source__name", "row_number")
    }


def _lines(actor: Actor, first: Order, second: Order, calls: dict[int, int], places: dict[int, str]) -> list[Line]:
    two = (first, second)
    lines = [
        Line(_("Received"), (first.created_at, second.created_at), "moment"),
        Line(_("Source"), _both(two, lambda order: places.get(order.pk) or order.get_channel_display())),
        Line(_("Store"), _both(two, lambda order: str(order.store))),
        Line(_("State"), _both(two, lambda order: order.state.label)),
        Line(_("Agent"), _both(two, lambda order: str(order.assignee or ""))),
        Line(_("Calls"), _both(two, lambda order: calls.get(order.pk, 0))),
    ]
    if actor.can(Perm.CUSTOMERS_VIEW):
        lines += [
            Line(_("Client"), (first.customer_name, second.customer_name)),
            Line(_("Phone"), (format_phone(first.phone_e164), format_phone(second.phone_e164)), "ltr"),
            Line(_("Address"), (first.address, second.address)),
            Line(_("Note"), (first.note, second.note)),
        ]
    return [
        *lines,
        Line(_("City"), _both(two, lambda order: str(order.city or order.city_text))),
        Line(_("Products"), _both(two, _goods), "lines"),
        Line(_("Total"), _both(two, lambda order: format_mad(order.total_amount)), "ltr"),
    ]


def _both(two: tuple[Order, Order], read: Any) -> tuple[Any, Any]:
    return (read(two[0]), read(two[1]))


def _goods(order: Order) -> list[str]:
    return [f"{line.quantity} × {line.label} · {format_mad(line.unit_price_amount)}" for line in order.lines.all()]
