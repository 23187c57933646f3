"""The calls page: one order at a time, the next one comes by itself."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.catalog.selectors import sellable_variants
from commanda.confirmation import selectors
from commanda.confirmation.models import Call, Presence, Standing
from commanda.confirmation.services.log_call import CallResult, log_call
from commanda.confirmation.services.next_order import lease_order, next_order
from commanda.confirmation.services.presence import heartbeat, set_presence
from commanda.confirmation.services.undo_call import undo_call
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, NotFound
from commanda.kernel.money import format_mad
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Order
from commanda.orders.services.rework import rework_order
from commanda.privacy.services.note_access import note_access
from commanda.web.calls import panel
from commanda.web.calls.callbacks import callback_at
from commanda.web.calls.forms import WorkForm
from commanda.web.calls.lines import available
from commanda.web.htmx import render_page, trigger
from commanda.web.numbers import number_or_none
from commanda.web.once import answered_before, once_only
from commanda.web.page import PageRequest, form_errors, page

SHOWN = 200
FOUND = 20
WHATSAPP_OUTCOME = "whatsapp_sent"


@page(Perm.CALLS_LOG)
@require_safe
def calls(request: PageRequest) -> HttpResponse:
    """The next order to work. Opening the page takes it: it is held for the agent, and he counts as present."""
    request.actor.require(Perm.CUSTOMERS_VIEW)
    return _next(request)


@page(Perm.CALLS_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def call_order(request: PageRequest, reference: str) -> HttpResponse:
    """One chosen order, held for the agent. POST saves what was changed, and logs the call if an outcome is given."""
    request.actor.require(Perm.CUSTOMERS_VIEW)
    if request.method == "POST":
        return _work(request, reference)
    order = selectors.order_to_work(request.actor, reference)
    try:
        lease_order(actor=request.actor, order_id=order.pk)
    except Conflict as conflict:
        return _page(request, panel.held_context(request, str(conflict)), status=conflict.status)
    return _opened(request, order)


@page(Perm.CALLS_LOG)
@require_POST
def undo(request: PageRequest, call_id: int) -> HttpResponse:
    """Take the last outcome back: its order is here again."""
    request.actor.require(Perm.CUSTOMERS_VIEW)
    try:
        order = undo_call(actor=request.actor, call_id=call_id)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return _onward(request)
    messages.info(request, _("Undone: %(reference)s is here again.") % {"reference": order.reference})
    if not request.htmx:
        return HttpResponseRedirect(reverse("calls"))
    shown = panel.work_context(request, selectors.order_to_work(request.actor, order.reference))
    return trigger(_page(request, shown), "calls-changed")


@page(Perm.CALLS_LOG)
@require_safe
def bar(request: PageRequest) -> HttpResponse:
    """The line over the order."""
    request.actor.require(Perm.CUSTOMERS_VIEW)
    return render_page(request, "calls/_bar.html", panel.bar_context(request.actor))


@page(Perm.CALLS_LOG)
@require_safe
def stock(request: PageRequest, reference: str) -> HttpResponse:
    """What is in stock of each line now; the page puts it into its rows. Says nothing of presence."""
    request.actor.require(Perm.CUSTOMERS_VIEW)
    order = selectors.order_to_work(request.actor, reference)
    rows = [(line, available(line)) for line in order.lines.all()]
    return render_page(request, "calls/_stock_now.html", {"rows": rows})


@page(Perm.CALLS_LOG)
@require_safe
def products(request: PageRequest) -> JsonResponse:
    """What may be added to the order, found while typing."""
    rows = sellable_variants(request.actor, search=request.GET.get("q", "")[:100])[:FOUND]
    return JsonResponse({"results": [_as_choice(variant) for variant in rows]})


def _as_choice(variant: Variant) -> dict[str, Any]:
    level = getattr(variant, "level", None)
    parts = [format_mad(variant.price_amount), variant.sku]
    if level is not None:
        parts.insert(1, _("stock %(number)s") % {"number": level.available})
    return {"value": variant.pk, "text": variant.label, "detail": " · ".join(parts)}


@page(Perm.CALLS_LOG)
@require_safe
def queue(request: PageRequest) -> HttpResponse:
    """My queue: what is due, promised and to be tried again, in the order in which it will come."""
    request.actor.require(Perm.CUSTOMERS_VIEW)
    entries, at = list(selectors.queue_list(request.actor)[: SHOWN + 1]), now()
    later = [entry for entry in entries[:SHOWN] if entry.due_at > at]
    context = {
        "due": [entry for entry in entries[:SHOWN] if entry.due_at <= at],
        "callbacks": [entry for entry in later if entry.is_callback],
        "retries": [entry for entry in later if not entry.is_callback],
        "has_more": len(entries) > SHOWN,
        "shown": SHOWN,
        "counts": selectors.queue_counts(request.actor, only_own=True),
    }
    return render_page(request, "calls/queue.html", context)


@page(Perm.CALLS_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def presence(request: PageRequest) -> HttpResponse:
    """The toggle in the top bar. GET is the page's heartbeat, POST chooses a presence."""
    if request.method == "POST":
        set_presence(actor=request.actor, status=request.POST.get("status", ""))
        if not request.htmx:
            return HttpResponseRedirect(reverse("calls"))
        return trigger(_toggle(request), "presence-changed")
    heartbeat(actor=request.actor)
    return _toggle(request)


def _toggle(request: PageRequest) -> HttpResponse:
    status = selectors.presence_of(request.user.pk)
    chosen = Presence.Status.ONLINE if status in (Standing.ONLINE, Standing.BUSY) else status
    context = {"status": status, "chosen": chosen, "choices": Presence.Status.choices}
    return render_page(request, "calls/presence.html", context, partial="calls/_presence.html")


def _next(request: PageRequest) -> HttpResponse:
    chosen = selectors.chosen_status(request.user.pk)
    if chosen != Presence.Status.ONLINE:
        return _page(request, panel.paused_context(request, chosen))
    order = next_order(actor=request.actor)
    if order is None:
        return _page(request, panel.empty_context(request))
    return _opened(request, selectors.order_to_work(request.actor, order.reference))


def _opened(request: PageRequest, order: Order) -> HttpResponse:
    note_access(actor=request.actor, kind="opened", customer_ids=[order.customer_id])
    return _page(request, panel.work_context(request, order))


def _page(request: PageRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render_page(request, "calls/page.html", context, partial="calls/_panel.html", status=status)


def _work(request: PageRequest, reference: str) -> HttpResponse:
    outcome = request.POST.get("outcome", "")
    order = _own_order(request, reference)
    if order is None:  # Handed over or given to somebody else meanwhile: the next one, not a dead end.
        if not answered_before(request, about=outcome):  # By this very outcome, whose answer was lost on the way.
            messages.warning(request, _("Order %(reference)s is no longer yours.") % {"reference": reference})
        return _onward(request)
    form = WorkForm(request.POST, actor=request.actor, order=order)
    if form.is_valid():
        with form_errors(form):
            once_only(request, lambda: _save(request, order, form, outcome), about=outcome)
            if outcome:
                return _onward(request)
            said = {name: form.cleaned_data[name] for name in ("comment", "medium")}
            saved = selectors.order_to_work(request.actor, order.reference)
            return _page(request, panel.work_context(request, saved, said=said))
    return _page(request, panel.work_context(request, order, form), status=422)


def _own_order(request: PageRequest, reference: str) -> Order | None:
    try:
        return selectors.order_to_work(request.actor, reference)
    except NotFound:
        return None


def _save(request: PageRequest, order: Order, form: WorkForm, outcome: str) -> str:
    """Write the changes and the call in one transaction, so that a refused outcome leaves nothing half done."""
    with unit_of_work():
        fields, changes = form.edited_fields(), form.changes(number_or_none(request.POST.get("offer")))
        if fields or changes:
            rework_order(
                actor=request.actor,
                order_id=order.pk,
                fields=fields,
                changes=changes,
                price_remark=form.cleaned_data["price_remark"],
            )
        if not outcome:
            lease_order(actor=request.actor, order_id=order.pk)
            messages.success(request, _("Saved."))
            return order.reference
        slug, _colon, detail = outcome.partition(":")
        when = callback_at(detail, now())
        data = form.cleaned_data
        result = log_call(
            actor=request.actor,
            order_id=order.pk,
            outcome=slug,
            medium=Call.Medium.WHATSAPP if slug == WHATSAPP_OUTCOME else data["medium"] or Call.Medium.PHONE,
            comment=data["comment"],
            callback_at=when or data["callback_at"],
            reason="" if when else detail,
            reason_text=panel.reason_in_words(request),
            force_reason=data["force_reason"],
        )
    messages.success(request, _said(order, result))
    return order.reference


def _said(order: Order, result: CallResult) -> str:
    parts = [f"{order.reference} · {result.outcome.label}"]
    if result.is_exhausted:
        parts.append(_("tried often enough, out of the queue"))
    elif result.next_action_at and not result.is_for_supervisor:
        parts.append(_("again %(when)s") % {"when": _when(result.next_action_at)})
    return " · ".join(parts)


def _when(at: datetime) -> str:
    local = localtime(at)
    is_today = local.date() == localtime(now()).date()
    return date_format(local, "H:i" if is_today else "D j M H:i")


def _onward(request: PageRequest) -> HttpResponse:
    """After an outcome: the next order in the same place, or a redirect for a plain form."""
    if not request.htmx:
        return HttpResponseRedirect(reverse("calls"))
    response = _next(request)
    response["HX-Push-Url"] = reverse("calls")
    return trigger(response, "calls-changed")
