"""The wizard of the back office: the steps of an order's type, back and forth without loss, an overview, one order."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.kernel.errors import CommandaError, NotFound
from commanda.orders.entry_selectors import get_draft, order_types
from commanda.orders.entry_steps import LABELS, Step
from commanda.orders.models import EntryDraft, OrderAttachment
from commanda.orders.services.attachments import attach_to_draft
from commanda.orders.services.entry import enter_order
from commanda.orders.services.entry_drafts import open_draft, save_draft
from commanda.web.entry.checking import Checked, check_draft, step_of_field
from commanda.web.entry.drafts import sent_fields, title_of
from commanda.web.entry.lines import choices, items_sent
from commanda.web.entry.quick_form import client_of
from commanda.web.htmx import redirect, render_page
from commanda.web.once import once_only
from commanda.web.page import PageRequest, page


@page(Perm.ORDERS_CREATE)
@require_POST
def start(request: PageRequest, type_slug: str) -> HttpResponse:
    """Begin an order of a type."""
    order_type = order_types().filter(slug=type_slug).first()
    if order_type is None:
        raise NotFound
    draft = open_draft(actor=request.actor, order_type_id=order_type.pk, step=order_type.plan[0].step)
    return redirect(request, reverse("entry_step", args=[draft.pk, draft.step]))


@page(Perm.ORDERS_CREATE)
@require_safe
def resume(request: PageRequest, draft_id: UUID) -> HttpResponse:
    """Go on where somebody left off."""
    draft = get_draft(request.actor, draft_id)
    if draft.is_quick:
        return redirect(request, f"{reverse('order_new')}?draft={draft.pk.hex}")
    known = [plan.step.value for plan in draft.order_type.plan]
    return redirect(request, reverse("entry_step", args=[draft.pk, draft.step if draft.step in known else known[0]]))


@page(Perm.ORDERS_CREATE)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: PageRequest, draft_id: UUID, step_slug: str) -> HttpResponse:
    """One step: what is sent is kept first, right or wrong; only "next" asks for it to be right."""
    draft = get_draft(request.actor, draft_id)
    if step_slug not in [plan.step.value for plan in draft.order_type.plan]:
        raise NotFound
    here = Step(step_slug)
    if request.method != "POST":
        return _show(request, draft, here, is_checked="check" in request.GET)
    if here is Step.OVERVIEW:
        return _finish(request, draft)
    return _keep(request, draft, here)


def _keep(request: PageRequest, draft: EntryDraft, here: Step) -> HttpResponse:
    go = request.POST.get("go", "next")
    do = request.POST.get("do", "")
    fields = sent_fields(request)
    if here is Step.ITEMS:
        fields = {**_rows_again(items_sent(request.POST)), **{k: v for k, v in fields.items() if "lines-" not in k}}
    file_error = _attach(request, draft)
    draft = save_draft(actor=request.actor, draft_id=draft.pk, step=here, fields=fields, title=title_of(request))
    draft = get_draft(request.actor, draft.pk)
    if do in {"find", "add"}:
        return _show(request, draft, here, q=request.POST.get("q", ""))
    if file_error:
        return _show(request, draft, here, is_checked=True, file_error=file_error, status=422)
    if go == "next":
        checked = check_draft(request.actor, draft, only=here)
        if not checked.is_valid(here):
            return _show(request, draft, here, is_checked=True, status=422)
    return redirect(request, reverse("entry_step", args=[draft.pk, _target(draft, here, go)]))


def _target(draft: EntryDraft, here: Step, go: str) -> str:
    steps = [plan.step for plan in draft.order_type.plan]
    at = steps.index(here)
    if go in {each.value for each in steps}:
        return go
    return steps[max(0, at - 1)] if go == "back" else steps[min(len(steps) - 1, at + 1)]


def _rows_again(items: list[dict[str, str]]) -> dict[str, list[str]]:
    """The rows numbered anew: removed ones are gone, chosen ones are there."""
    fields = {"lines-TOTAL_FORMS": [str(len(items))], "lines-INITIAL_FORMS": ["0"]}
    for number, item in enumerate(items):
        fields |= {f"lines-{number}-{name}": [value] for name, value in item.items()}
    return fields


def _attach(request: PageRequest, draft: EntryDraft) -> str:
    """Keep the files sent with the step at once; a file cannot be kept in a form."""
    for file in request.FILES.getlist("proof"):
        try:
            attach_to_draft(actor=request.actor, draft_id=draft.pk, file=file, kind=OrderAttachment.Kind.PROOF)
        except CommandaError as error:
            return str(error)
    return ""


def _show(
    request: PageRequest,
    draft: EntryDraft,
    here: Step,
    *,
    is_checked: bool = False,
    q: str = "",
    file_error: str = "",
    status: int = 200,
) -> HttpResponse:
    checked = check_draft(request.actor, draft, only=None if here is Step.OVERVIEW else here, is_checked=is_checked)
    form = checked.forms.get(here)
    if form is not None and file_error:
        form.add_error("proof", file_error)
    context: dict[str, Any] = {
        "draft": draft,
        "here": here.value,
        "step": here.value,
        "steps": _steps(draft, here, checked),
        "form": form,
        "lines": checked.lines,
        "checked": checked,
        "files": list(draft.attachments.all()),
        "token": draft.pk.hex,
        "q": q,
        "known": client_of(request.actor, _kept(draft, Step.CUSTOMER, "phone_e164")) if here is Step.CUSTOMER else None,
        "choices": choices(request.actor, q) if here is Step.ITEMS else None,
    }
    template = "entry/overview.html" if here is Step.OVERVIEW else "entry/step.html"
    return render_page(request, template, context, status=status)


def _kept(draft: EntryDraft, step: Step, name: str) -> str:
    values = draft.data.get(step, {}).get(name, [])
    return str(values[0]) if values else ""


def _steps(draft: EntryDraft, here: Step, checked: Checked) -> list[dict[str, Any]]:
    """The progress header."""
    steps = [plan.step for plan in draft.order_type.plan]
    return [
        {
            "slug": each.value,
            "label": LABELS[each],
            "number": number,
            "is_current": each is here,
            "is_done": each.value in draft.data and each is not here,
            "is_wrong": here is Step.OVERVIEW and each is not here and not checked.is_valid(each),
        }
        for number, each in enumerate(steps, 1)
    ]


def _finish(request: PageRequest, draft: EntryDraft) -> HttpResponse:
    """Make the order; what is not right yet opens its step with the error."""
    checked = check_draft(request.actor, draft, is_checked=True)
    wrong = checked.first_wrong
    if wrong is not None:
        messages.error(request, _("Something is missing here."))
        return redirect(request, f"{reverse('entry_step', args=[draft.pk, wrong])}?check=1")
    try:
        reference = once_only(
            request, lambda: enter_order(actor=request.actor, entry=checked.entry(request.actor)).reference
        )
    except CommandaError as error:
        messages.error(request, str(error))
        place = step_of_field(draft, error.field or "")
        return redirect(request, f"{reverse('entry_step', args=[draft.pk, place])}?check=1")
    messages.success(request, _("Order %(reference)s is created.") % {"reference": reference})
    return redirect(request, reverse("order", args=[reference]))
