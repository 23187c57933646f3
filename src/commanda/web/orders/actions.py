"""What people do with one order: move, assign, comment, tag, attach files."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import CommandaError, Invalid, NotFound
from commanda.orders import selectors
from commanda.orders.entry_selectors import get_attachment
from commanda.orders.models import Order
from commanda.orders.services.annotate import add_comment, tag_orders
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.attachments import attach_files, remove_attachment
from commanda.orders.services.transition import transition_order
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.orders.detail import detail_context
from commanda.web.orders.forms import CommentForm, MoveForm, TagsForm
from commanda.web.page import PageRequest, form_errors, page

SEE = (Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL)


def _back(request: PageRequest, order: Order) -> HttpResponse:
    return redirect(request, reverse("order", args=[order.reference]))


@page(*SEE)
@require_POST
def move(request: PageRequest, reference: str) -> HttpResponse:
    """Move one order; a refusal is shown on the order's page, with nothing changed."""
    order = selectors.get_order(request.actor, reference)
    form = MoveForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            transition_order(
                actor=request.actor,
                order_id=order.pk,
                to=data["to"],
                expected=data["expected"] or None,
                reason=data["reason"],
                reason_text=data["reason_text"],
            )
        except CommandaError as error:
            order = selectors.get_order(request.actor, reference)
            context = detail_context(request.actor, order, move_error=error)
            return render_page(request, "orders/detail.html", context, status=error.status)
        messages.success(request, _("Done."))
    return _back(request, order)


@page(Perm.ORDERS_ASSIGN)
@require_POST
def assign(request: PageRequest, reference: str) -> HttpResponse:
    """Give the order to an agent; an empty choice takes it back."""
    order = selectors.get_order(request.actor, reference)
    chosen = request.POST.get("agent", "").strip()
    agent_id = number_or_none(chosen)
    if chosen and agent_id is None:
        raise NotFound
    assign_orders(actor=request.actor, order_ids=[order.pk], agent_id=agent_id)
    messages.success(request, _("Assigned."))
    return _back(request, order)


@page(*SEE)
@require_POST
def comment(request: PageRequest, reference: str) -> HttpResponse:
    """Add a comment with its files; what was typed comes back with the error when it is refused."""
    order = selectors.get_order(request.actor, reference)
    form = CommentForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            files = request.FILES.getlist("files")
            add_comment(actor=request.actor, order_id=order.pk, text=form.cleaned_data["text"], files=files)
            return _back(request, order)
    context = detail_context(request.actor, order, comment_form=form)
    return render_page(request, "orders/detail.html", context, status=422)


@page(*SEE)
@require_POST
def tags(request: PageRequest, reference: str) -> HttpResponse:
    order = selectors.get_order(request.actor, reference)
    form = TagsForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            wanted = form.cleaned_data["tags"]
            removed = [tag for tag in order.tags if tag not in wanted]
            tag_orders(actor=request.actor, order_ids=[order.pk], add=wanted, remove=removed)
            return _back(request, order)
    return render_page(request, "orders/detail.html", detail_context(request.actor, order, tags_form=form), status=422)


@page(Perm.CUSTOMERS_VIEW)
@require_POST
def attach(request: PageRequest, reference: str) -> HttpResponse:
    """Keep files with the order, all of them or none."""
    order = selectors.get_order(request.actor, reference)
    files = request.FILES.getlist("files")
    try:
        if not files:
            raise Invalid(_("Choose a file first."))
        attach_files(actor=request.actor, order_id=order.pk, files=files)
    except Invalid as error:
        context = detail_context(request.actor, order, file_error=str(error))
        return render_page(request, "orders/detail.html", context, status=error.status)
    messages.success(request, _("The file is kept."))
    return _back(request, order)


@page(Perm.CUSTOMERS_VIEW)
@require_POST
def detach(request: PageRequest, reference: str, attachment_id: UUID) -> HttpResponse:
    """Put a file away, with a reason; the history keeps both."""
    order = selectors.get_order(request.actor, reference)
    reason = request.POST.get("reason", "")
    try:
        if get_attachment(request.actor, attachment_id).order_id != order.pk:
            raise NotFound
        remove_attachment(actor=request.actor, attachment_id=attachment_id, reason=reason)
    except Invalid as error:
        context = detail_context(request.actor, order, file_error=str(error))
        return render_page(request, "orders/detail.html", context, status=error.status)
    messages.success(request, _("The file is removed."))
    return _back(request, order)
