"""Orders on the road: follow them, note what the carrier says, mend a tracking number."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import Invalid
from commanda.orders.services.transition import MoveResult, transition_orders
from commanda.orders.stages import Stage
from commanda.orders.workflow import current_graph
from commanda.shipping import selectors
from commanda.shipping.services.deliveries import Outcome, record_outcome
from commanda.shipping.services.manifest import make_manifest
from commanda.shipping.services.prepare import set_tracking
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.pagination import keyset_page
from commanda.web.shipping.forms import FilterForm, TrackingForm, reason_choices
from commanda.web.shipping.parts import DESK, chosen_ids, desk_context, refusals

LATE_DAYS = 5


@page(Perm.SHIPPING_SHIP)
@require_safe
def on_the_road(request: PageRequest) -> HttpResponse:
    """The list, longest on the road first; htmx gets the part below the filters."""
    form = FilterForm(request.GET)
    filters = form.values
    rows = keyset_page(
        selectors.sent(request.actor, **filters), order=("shipped_at", "id"), cursor=request.GET.get("after")
    )
    context: dict[str, Any] = {
        **desk_context(request, "shipping_sent"),
        "page": rows,
        "filters": filters,
        "is_filtered": any(filters.values()),
        "chips": _chips(request, filters["state"]),
        "states": [state for state, _number in selectors.sent_states(request.actor)],
        "carriers": selectors.carriers(),
        "reasons": reason_choices(),
        "late_days": LATE_DAYS,
    }
    return render_page(request, "shipping/sent.html", context, partial="shipping/_sent.html")


def _chips(request: PageRequest, chosen: str) -> list[dict[str, Any]]:
    chips = []
    for state, number in selectors.sent_states(request.actor):
        query = request.GET.copy()
        for name in ("after", "state"):
            query.pop(name, None)
        is_active = state.slug == chosen
        if not is_active:
            query["state"] = state.slug
        chips.append(
            {
                "url": f"?{query.urlencode()}",
                "label": state.label,
                "count": number,
                "colour": state.color,
                "is_active": is_active,
            }
        )
    return chips


@page(*DESK)
@require_POST
def change(request: PageRequest) -> HttpResponse:
    """What the carrier says of the chosen orders: delivered, returned, another state on the road; or list them."""
    chosen = chosen_ids(request)
    action = request.POST.get("action", "")
    back = reverse("shipping_sent") + (f"?{request.GET.urlencode()}" if request.GET else "")
    if not chosen:
        messages.warning(request, _("Choose at least one order."))
        return redirect(request, back)
    if action == "manifest":
        made = make_manifest(
            actor=request.actor,
            carrier_id=selectors.one_carrier_id(request.actor, chosen),
            parcel_ids=selectors.parcel_ids(request.actor, chosen),
        )
        return redirect(request, reverse("shipping_manifest", args=[made.pk]))
    results = _apply(request, chosen, action)
    failed = [(result.order_id, result.error) for result in results if result.error]
    done = len(results) - len(failed)
    if not failed:
        text = ngettext("%(number)s order changed.", "%(number)s orders changed.", done)
        messages.success(request, text % {"number": done})
        return redirect(request, back)
    context = {
        **desk_context(request, "shipping_sent"),
        "done": done,
        "refused": refusals(request, failed),
        "back": back,
    }
    return render_page(request, "shipping/change_result.html", context)


def _apply(request: PageRequest, chosen: list[int], action: str) -> list[MoveResult]:
    if action in set(Outcome):
        reason = request.POST.get("reason", "") if action == Outcome.RETURNED else ""
        return record_outcome(actor=request.actor, order_ids=chosen, outcome=action, reason=reason)
    target = current_graph().by_slug.get(request.POST.get("to", "")) if action == "move" else None
    if target is None or target.stage is not Stage.SHIPPED:
        raise Invalid(_("Choose what happened."), field="action", code="unknown_action")
    return transition_orders(
        actor=request.actor, order_ids=chosen, to=target.slug, reason_text=request.POST.get("remark", "")
    )


@page(Perm.SHIPPING_SHIP)
def tracking(request: PageRequest, order_id: int) -> HttpResponse:
    """Note or change the carrier and the number of one order's parcel."""
    order = selectors.order_on_the_way(request.actor, order_id)
    parcel = selectors.parcel_of(request.actor, order_id)
    form = TrackingForm(request.POST or None, actor=request.actor, parcel=parcel)
    back = reverse("shipping_sent" if order.stage == Stage.SHIPPED else "shipping")
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            set_tracking(
                actor=request.actor,
                order_id=order_id,
                carrier_id=form.cleaned_data["carrier"].pk,
                tracking_number=form.cleaned_data["tracking_number"],
            )
            messages.success(request, _("Saved."))
            return redirect(request, back)
    context = {**desk_context(request, ""), "form": form, "order": order, "back": back}
    return render_page(request, "shipping/tracking.html", context, status=422 if form.errors else 200)
