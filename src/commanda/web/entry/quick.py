"""Quick entry: the client's message or phone first, everything on one page, "next" when it is saved."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.orders.entry_selectors import default_order_type, drafts_of, find_draft, order_types
from commanda.orders.models import Order, OrderType
from commanda.orders.services.entry import Entry, enter_order
from commanda.web.entry.drafts import draft_id_of
from commanda.web.entry.lines import EntryLines, choices, entry_lines, items_sent
from commanda.web.entry.quick_form import FIRST, Filled, QuickForm, client_of, fill_from_message
from commanda.web.htmx import redirect, render_page
from commanda.web.once import FIELD, once_only
from commanda.web.page import PageRequest, form_errors, page

LATER = ("phone2_e164", "store", "delivery_amount", "discount_amount", "promised_on")


@page(Perm.ORDERS_CREATE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_order(request: PageRequest) -> HttpResponse:
    """Enter an order on one page. Sent twice, it is made once; a message without a phone is read first."""
    if request.method != "POST":
        return _show(request, _start(request))
    if request.POST.get("do", "") in {"read", "find", "add"}:
        return _fill(request)
    if request.POST.get("message", "").strip() and not request.POST.get("phone_e164", "").strip():
        return _fill(request)
    order_type = default_order_type()
    form = QuickForm(request.POST, actor=request.actor)
    lines = entry_lines(request.actor, data=request.POST, order_type=order_type)
    if all([form.is_valid(), lines.is_valid()]):
        with form_errors(form):
            reference = once_only(request, lambda: _enter(request, form, lines, order_type))
            messages.success(request, _("Order %(reference)s is created.") % {"reference": reference})
            if request.POST.get("do") == "next":
                return redirect(request, f"{reverse('order_new')}?made={reference}")
            return redirect(request, reverse("order", args=[reference]))
    values = {name: request.POST.get(name, "") for name in form.fields}
    filled = Filled(values, [], known=client_of(request.actor, values["phone_e164"]))
    return _render(request, form, lines, filled, status=422)


def _enter(request: PageRequest, form: QuickForm, lines: EntryLines, order_type: OrderType | None) -> str:
    draft_id = draft_id_of(request.POST.get(FIELD, ""))
    is_kept = draft_id is not None and find_draft(request.actor, draft_id) is not None
    entry = Entry(
        form.draft(request.actor, lines.drafts()),
        order_type_id=order_type.pk if order_type else None,
        message=form.cleaned_data["message"],
        price_remark=form.cleaned_data["price_remark"],
        draft_id=draft_id if is_kept else None,
    )
    return enter_order(actor=request.actor, entry=entry).reference


@page(Perm.ORDERS_CREATE)
@require_POST
def read(request: PageRequest) -> HttpResponse:
    """Fill the form from the client's message; answers the form's fields."""
    return _fill(request)


def _fill(request: PageRequest) -> HttpResponse:
    values = {name: request.POST.get(name, "") for name in QuickForm(actor=request.actor).fields}
    items: list[dict[str, Any]] = list(items_sent(request.POST))
    if request.POST.get("do") in {"find", "add"}:
        filled = Filled(values, items, known=client_of(request.actor, values["phone_e164"]))
    else:
        filled = fill_from_message(request.actor, values, items)
    return _show(request, filled)


def _start(request: PageRequest) -> Filled:
    """An empty form, that of a draft, or one for a known phone."""
    draft_id = draft_id_of(request.GET.get("draft", ""))
    draft = find_draft(request.actor, draft_id) if draft_id else None
    if draft is None:
        phone = request.GET.get("phone", "")
        return Filled({"phone_e164": phone, FIELD: uuid4().hex}, [], known=client_of(request.actor, phone))
    sent = MultiValueDict(draft.data.get("quick", {}))
    data = QueryDict(mutable=True)
    data.update(sent)
    values = {name: data.get(name, "") for name in [*QuickForm(actor=request.actor).fields]}
    known = client_of(request.actor, values.get("phone_e164", ""))
    return Filled({**values, FIELD: draft.pk.hex}, list(items_sent(data)), known=known)


def _show(request: PageRequest, filled: Filled) -> HttpResponse:
    form = QuickForm(actor=request.actor, initial=filled.values)
    lines = entry_lines(request.actor, items=filled.items, order_type=default_order_type())
    return _render(request, form, lines, filled)


def _render(
    request: PageRequest, form: QuickForm, lines: EntryLines, filled: Filled, *, status: int = 200
) -> HttpResponse:
    query = request.POST.get("q", "")
    context = {
        "form": form,
        "lines": lines,
        "filled": filled,
        "known": filled.known,
        "first": [_row(form, name, filled) for name in FIRST],
        "later": [_row(form, name, filled) for name in LATER if name in form.fields],
        "token": request.POST.get(FIELD) or filled.values.get(FIELD) or uuid4().hex,
        "q": query,
        "choices": choices(request.actor, query) if request.POST.get("do") == "find" else None,
        "types": order_types(),
        "drafts": drafts_of(request.actor)[:5],
        "made": _made(request.actor, request.GET.get("made", "")),
        "step": "quick",
    }
    return render_page(request, "entry/quick.html", context, partial="entry/_quick_fields.html", status=status)


def _row(form: QuickForm, name: str, filled: Filled) -> dict[str, Any]:
    return {
        "field": form[name],
        "mark": filled.marks.get(name, ""),
        "offers": filled.offered(name),
        "question": filled.question(name),
    }


def _made(actor: Actor, reference: str) -> Order | None:
    """The order just entered, for a link to it."""
    return Order.objects.visible_to(actor).filter(reference=reference[:16]).first() if reference else None


@page(Perm.ORDERS_CREATE)
@require_safe
def client_card(request: PageRequest) -> HttpResponse:
    """What is known of the client under a phone, beside the form."""
    known = client_of(request.actor, request.GET.get("phone_e164", ""))
    return render_page(request, "entry/_client_card.html", {"known": known})
