"""Confirmed orders: choose many, choose a carrier, hand them over."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import CommandaError, Invalid
from commanda.shipping import selectors
from commanda.shipping.services.prepare import prepare_parcels
from commanda.shipping.services.ship import Shipment, ship_orders
from commanda.shipping.tracking import read_assignments
from commanda.web.htmx import render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page
from commanda.web.shipping.forms import FilterForm, SendForm
from commanda.web.shipping.parts import chosen_ids, desk_context, refusals


@page(Perm.SHIPPING_SHIP)
@require_safe
def to_send(request: PageRequest) -> HttpResponse:
    """The list; htmx gets the part below the search."""
    return _show(request, SendForm(actor=request.actor))


def _show(request: PageRequest, form: SendForm, *, chosen: tuple[int, ...] = (), status: int = 200) -> HttpResponse:
    filters = FilterForm(request.GET).values
    rows = selectors.to_send(request.actor, search=filters["search"])
    context: dict[str, Any] = {
        **desk_context(request, "shipping"),
        "form": form,
        "has_carriers": selectors.carriers(only_active=True).exists(),
        "page": keyset_page(rows, order=("id",), cursor=request.GET.get("after")),
        "search": filters["search"],
        "chosen": set(chosen),
        "typed": {
            number_or_none(key.removeprefix("tracking-")): value
            for key, value in request.POST.items()
            if key.startswith("tracking-")
        },
    }
    return render_page(request, "shipping/to_send.html", context, partial="shipping/_to_send.html", status=status)


@page(Perm.SHIPPING_SHIP)
@require_POST
def send(request: PageRequest) -> HttpResponse:
    """Ship the chosen orders, or only prepare their parcels; the answer says what came of each."""
    form = SendForm(request.POST, actor=request.actor)
    chosen = chosen_ids(request)
    if form.is_valid():
        try:
            if not chosen:
                raise Invalid(_("Choose at least one order."), field="ids", code="nothing_chosen")
            tracking = _tracking(request, chosen, form.cleaned_data["pasted"])
            return _send(request, form, chosen, tracking)
        except CommandaError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    return _show(request, form, chosen=tuple(chosen), status=422)


def _send(request: PageRequest, form: SendForm, chosen: list[int], tracking: dict[int, str]) -> HttpResponse:
    carrier = form.cleaned_data["carrier"]
    only_prepare = request.POST.get("action") == "prepare"
    if only_prepare:
        shipment = Shipment(
            prepare_parcels(actor=request.actor, order_ids=chosen, carrier_id=carrier.pk, tracking=tracking)
        )
    else:
        shipment = ship_orders(
            actor=request.actor,
            order_ids=chosen,
            carrier_id=carrier.pk,
            tracking=tracking,
            manifest=form.cleaned_data["manifest"],
        )
    context = {
        **desk_context(request, "shipping"),
        "shipment": shipment,
        "carrier": carrier,
        "only_prepared": only_prepare,
        "refused": refusals(request, [(row.order_id, row.error) for row in shipment.refused if row.error]),
    }
    return render_page(request, "shipping/send_result.html", context)


def _tracking(request: PageRequest, chosen: list[int], pasted: str) -> dict[int, str]:
    """Numbers typed in the rows, overruled by those pasted.

    Raises `Invalid` for a pasted reference that is not chosen, and when bare numbers and orders differ in number.
    """
    typed = {pk: request.POST.get(f"tracking-{pk}", "").strip() for pk in chosen}
    numbers = {pk: number for pk, number in typed.items() if number}
    given = read_assignments(pasted)
    if given.bare:
        if len(given.bare) != len(chosen):
            raise Invalid(
                _("%(numbers)s numbers for %(orders)s orders. Paste one for each, or put the reference before it."),
                field="pasted",
                code="count_differs",
                numbers=len(given.bare),
                orders=len(chosen),
            )
        numbers.update(zip(chosen, given.bare, strict=True))
    by_reference = selectors.order_ids_by_reference(request.actor, list(given.by_reference))
    for reference, number in given.by_reference.items():
        if by_reference.get(reference) not in chosen:
            raise Invalid(
                _("%(reference)s is not among the chosen orders."),
                field="pasted",
                code="not_chosen",
                reference=reference,
            )
        numbers[by_reference[reference]] = number
    return numbers
