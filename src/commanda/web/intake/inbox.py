"""The inbox: rows that wait for a person, as a grid; mended one by one or a page at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import inbox_selectors, selectors
from commanda.intake.models import StagedRow
from commanda.intake.problems import BLOCKED
from commanda.intake.services.mend_row import Mended, mend_rows
from commanda.intake.services.set_aside import ignore_row, reopen_row
from commanda.intake.services.settle_row import refuse_order, settle_row
from commanda.kernel.errors import CommandaError
from commanda.web.htmx import render_page, wants_partial
from commanda.web.intake.filters import filter_query, inbox_tabs, read_filters
from commanda.web.intake.fixes import SKU_MARK, chosen_city, read_fixes, typed_rows
from commanda.web.intake.inbox_rows import Column, columns_of, describe, read_columns
from commanda.web.intake.labels import FIELD_LABELS, field_label, problem_label
from commanda.web.intake.parts import tabs
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

PAGE_ROWS = 25
# What can sensibly be the same in many rows.
BULK_FIELDS = ("product", "city", "quantity", "unit_price", "total_price", "ordered_at", "phone")


@require_safe
@page(Perm.INTAKE_MANAGE)
def inbox_page(request: PageRequest) -> HttpResponse:
    """The rows, newest first, with what is wrong and where to mend it."""
    filters = read_filters(request)
    rows = keyset_page(
        inbox_selectors.find_rows(request.actor, filters),
        order=("-id",),
        cursor=request.GET.get("after"),
        size=PAGE_ROWS,
    )
    cities = selectors.city_names()
    counts = inbox_selectors.tab_counts(request.actor, filters)
    columns = columns_of(rows.rows)
    context = {
        "tabs": tabs(request.actor, "inbox"),
        "states": inbox_tabs(request, filters, counts),
        "page": rows,
        "total": counts[filters.status],
        "columns": [Column(name, field_label(name)) for name in columns],
        "column_names": ",".join(columns),
        "cards": [describe(row, columns, cities) for row in rows.rows],
        "filters": filters,
        "query": filter_query(filters),
        "problems": [
            (code, problem_label(code), qty)
            for code, qty in inbox_selectors.problem_counts(request.actor, filters).items()
        ],
        "sources": selectors.source_list(request.actor),
        "products": [f"{label}{SKU_MARK}{sku}" for label, sku in selectors.product_names(request.actor)],
        "cities": sorted(cities.values()),
        "bulk_fields": [(name, FIELD_LABELS[name]) for name in BULK_FIELDS],
    }
    return render_page(request, "intake/inbox.html", context, partial="intake/_inbox.html")


@require_POST
@page(Perm.INTAKE_MANAGE)
def save(request: PageRequest) -> HttpResponse:
    """Mend every row of the page in which something was changed; each has its own result."""
    rows = inbox_selectors.get_rows(request.actor, typed_rows(request.POST))
    fixes = read_fixes(request.POST, rows.values())
    pressed = number_or_none(request.POST.get("row"))
    if pressed is not None and pressed in rows:
        fixes.setdefault(pressed, {})
    results = mend_rows(actor=request.actor, fixes=fixes) if fixes else []
    if wants_partial(request):
        parts = [_result(request, rows[each.row_id], each) for each in results]
        return render(request, "intake/_inbox_results.html", {"parts": parts})
    if not results:
        messages.info(request, _("Nothing was changed."))
    for each in results:
        _tell(request, rows[each.row_id], each)
    return HttpResponseRedirect(inbox_url(request))


@require_POST
@page(Perm.INTAKE_MANAGE)
def mend(request: PageRequest, row_id: int) -> HttpResponse:
    """Try one row again with what was typed or pressed."""
    row = inbox_selectors.get_row(request.actor, row_id)
    fixes = read_fixes(request.POST, [row])
    (result,) = mend_rows(actor=request.actor, fixes={row_id: fixes.get(row_id, {})})
    if not wants_partial(request):
        _tell(request, row, result)
        return HttpResponseRedirect(inbox_url(request))
    part = _result(request, row, result)
    return render(request, part["template"], part, status=200 if result.is_imported else 422)


@require_POST
@page(Perm.INTAKE_MANAGE)
def ignore(request: PageRequest, row_id: int) -> HttpResponse:
    """Set one row aside, with a reason."""
    row = inbox_selectors.get_row(request.actor, row_id)
    try:
        row = ignore_row(actor=request.actor, row_id=row_id, reason=_reason(request, row_id))
    except CommandaError as error:
        return _refused(request, row, error)
    return _done(request, row, _("Set aside: %(reason)s") % {"reason": row.ignored_reason}, may_reopen=True)


@require_POST
@page(Perm.INTAKE_MANAGE)
def reopen(request: PageRequest, row_id: int) -> HttpResponse:
    """Take back that a row was set aside."""
    reopen_row(actor=request.actor, row_id=row_id)
    row = inbox_selectors.get_row(request.actor, row_id)
    if wants_partial(request):
        return render(request, "intake/_inbox_row.html", _row_context(request, row))
    messages.success(request, _("The row waits again."))
    return HttpResponseRedirect(inbox_url(request))


@require_POST
@page(Perm.INTAKE_MANAGE)
def settle(request: PageRequest, row_id: int) -> HttpResponse:
    """An imported row has been looked at; its order may get a city, or be cancelled."""
    row = inbox_selectors.get_row(request.actor, row_id)
    action = request.POST.get("action", "")
    try:
        if action == "cancel":
            row = refuse_order(actor=request.actor, row_id=row_id, reason=_reason(request, row_id))
            return _done(request, row, _("The order is cancelled."))
        row = settle_row(
            actor=request.actor,
            row_id=row_id,
            city_id=None if action == "seen" else chosen_city(request.POST, row),
            remember="remember" in request.POST,
        )
    except CommandaError as error:
        return _refused(request, row, error)
    is_blocked = any(problem["code"] == BLOCKED for problem in row.problems)
    return _done(request, row, _("The order may go on.") if is_blocked else _("Done."))


def inbox_url(request: PageRequest) -> str:
    """The inbox as it was looked at: same tab, filters and page."""
    return reverse("intake_inbox") + (f"?{request.GET.urlencode()}" if request.GET else "")


def _reason(request: PageRequest, row_id: int) -> str:
    return str(request.POST.get(f"reason-{row_id}", ""))


def _row_context(request: PageRequest, row: StagedRow, errors: list[str] | None = None) -> dict[str, Any]:
    columns = read_columns(request.POST.get("columns", "")) or columns_of([row])
    return {
        "card": describe(row, columns, selectors.city_names(), errors),
        "columns": [Column(name, field_label(name)) for name in columns],
        "query": request.GET.urlencode(),
    }


def _result(request: PageRequest, before: StagedRow, result: Mended) -> dict[str, Any]:
    """What stands in the row's place: done, or the row with what is wrong now."""
    if result.error is not None or result.row is None or not result.is_imported:
        row = inbox_selectors.get_row(request.actor, before.pk)
        errors = [str(result.error)] if result.error else []
        return {"template": "intake/_inbox_row.html", **_row_context(request, row, errors)}
    text = _("Imported as %(reference)s.") % {"reference": result.row.order}
    alike: list[dict[str, Any]] = []
    if "remember" in request.POST:
        alike = inbox_selectors.alike_counts(request.actor, before)
    return {"template": "intake/_inbox_done.html", **_done_context(request, result.row, text), "alike": alike}


def _done_context(request: PageRequest, row: StagedRow, text: str) -> dict[str, Any]:
    return {"row": row, "text": text, "width": 3 + len(read_columns(request.POST.get("columns", "")))}


def _tell(request: PageRequest, row: StagedRow, result: Mended) -> None:
    """The result of one row in words, for a page without scripts."""
    number = {"number": row.row_number}
    if result.error is not None:
        messages.error(request, _("Row %(number)s: %(text)s") % {**number, "text": result.error})
    elif result.is_imported and result.row is not None:
        text = _("Row %(number)s is imported as %(reference)s.")
        messages.success(request, text % {**number, "reference": result.row.order})
    elif result.row is not None:
        wrong = " ".join(problem.message for problem in describe(result.row).problems)
        messages.warning(request, _("Row %(number)s still waits: %(text)s") % {**number, "text": wrong})


def _refused(request: PageRequest, row: StagedRow, error: CommandaError) -> HttpResponse:
    if wants_partial(request):
        return render(request, "intake/_inbox_row.html", _row_context(request, row, [str(error)]), status=422)
    messages.error(request, _("Row %(number)s: %(text)s") % {"number": row.row_number, "text": error})
    return HttpResponseRedirect(inbox_url(request))


def _done(request: PageRequest, row: StagedRow, text: str, *, may_reopen: bool = False) -> HttpResponse:
    if wants_partial(request):
        context = {**_done_context(request, row, text), "may_reopen": may_reopen, "query": request.GET.urlencode()}
        return render(request, "intake/_inbox_done.html", context)
    messages.success(request, text)
    return HttpResponseRedirect(inbox_url(request))
