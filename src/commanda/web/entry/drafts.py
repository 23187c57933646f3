"""Unfinished entries: kept while somebody types, listed, thrown away; and the files of entries and orders."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.accounts.services.once import is_answered
from commanda.kernel.errors import NotFound
from commanda.orders.entry_selectors import default_order_type, find_draft, get_attachment
from commanda.orders.services.attachments import remove_attachment
from commanda.orders.services.entry_drafts import Fields, discard_draft, open_draft, save_draft
from commanda.web.htmx import redirect
from commanda.web.once import FIELD
from commanda.web.page import PageRequest, page

# Sent with every form, and no part of the order.
TECHNICAL = frozenset({"csrfmiddlewaretoken", FIELD, "do", "go", "q", "step", "pick"})


def sent_fields(request: PageRequest) -> Fields:
    """The fields of a form as they were sent."""
    return {
        name: [str(value) for value in values]
        for name, values in request.POST.lists()
        if name not in TECHNICAL and not name.startswith("pick_qty-")
    }


def draft_id_of(text: str) -> UUID | None:
    """The draft that goes with a form's one-time token: they are the same number."""
    try:
        return UUID(hex=text)
    except ValueError:
        return None


def title_of(request: PageRequest) -> str:
    """What a draft is called in the list."""
    names = ("company_name", "customer_name", "phone_e164")
    return next((request.POST[name].strip() for name in names if request.POST.get(name, "").strip()), "")


@page(Perm.ORDERS_CREATE)
@require_POST
def save(request: PageRequest, draft_id: UUID) -> HttpResponse:
    """Keep what is typed so far. The quick page's draft is made by its first save; a finished one stays finished."""
    step = request.POST.get("step", "")[:12] or "quick"
    if find_draft(request.actor, draft_id) is None:
        order_type = default_order_type()
        if step != "quick" or order_type is None or is_answered(actor=request.actor, key=draft_id.hex):
            return HttpResponse(status=204)
        open_draft(actor=request.actor, order_type_id=order_type.pk, is_quick=True, step=step, draft_id=draft_id)
    save_draft(actor=request.actor, draft_id=draft_id, step=step, fields=sent_fields(request), title=title_of(request))
    return HttpResponse(status=204)


@page(Perm.ORDERS_CREATE)
@require_POST
def discard(request: PageRequest, draft_id: UUID) -> HttpResponse:
    """Throw an unfinished entry away."""
    discard_draft(actor=request.actor, draft_id=draft_id)
    messages.success(request, _("The unfinished order is discarded."))
    return redirect(request, reverse("order_new"))


@page(Perm.ORDERS_CREATE)
@require_POST
def remove_file(request: PageRequest, attachment_id: UUID) -> HttpResponse:
    """Take a file out of an unfinished entry."""
    attachment = get_attachment(request.actor, attachment_id)
    if attachment.draft_id is None:
        raise NotFound
    draft_id = attachment.draft_id
    remove_attachment(actor=request.actor, attachment_id=attachment_id)
    return redirect(request, reverse("entry_step", args=[draft_id, "payment"]))


@page(Perm.ORDERS_VIEW, Perm.ORDERS_VIEW_ALL, Perm.ORDERS_CREATE)
@require_safe
def attachment(request: PageRequest, attachment_id: UUID) -> FileResponse:
    """A file, to be saved: a browser never shows it as a page of ours."""
    found = get_attachment(request.actor, attachment_id)
    try:
        file = found.file.open("rb")
    except OSError as error:
        raise NotFound from error
    response = FileResponse(file, as_attachment=True, filename=found.name, content_type=found.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
