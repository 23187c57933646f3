"""The inbox: rows that wait for a person, to be mended, set aside or tried again."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import selectors
from commanda.intake.models import StagedRow
from commanda.intake.problems import PROBLEMS
from commanda.intake.services.mend_row import ignore_row, mend_row, reopen_row, retry_rejected, settle_row
from commanda.kernel.errors import CommandaError
from commanda.kernel.export import table_download
from commanda.web.htmx import render_page, wants_partial
from commanda.web.intake.fixes import SKU_MARK, chosen_city, read_fixes
from commanda.web.intake.inbox_rows import describe
from commanda.web.intake.labels import problem_label
from commanda.web.intake.parts import tabs
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

PAGE_ROWS = 25


@require_safe
@page(Perm.INTAKE_MANAGE)
def inbox_page(request: PageRequest) -> HttpResponse:
    """The rows, newest first, with what is wrong and where to mend it."""
    filters = _filters(request)
    rows = keyset_page(
        selectors.inbox(request.actor, **filters), order=("-id",), cursor=request.GET.get("after"), size=PAGE_ROWS
    )
    cities = selectors.city_names()
    counts = selectors.problem_counts(request.actor, source_id=filters["source_id"])
    context = {
        "tabs": tabs(request.actor, "inbox"),
        "page": rows,
        "cards": [describe(row, cities) for row in rows.rows],
        "filters": filters,
        "active": sum(bool(value) for value in filters.values()),
        "problems": [(code, problem_label(code), qty) for code, qty in counts.items()],
        "sources": selectors.source_list(request.actor),
        "products": [f"{label}{SKU_MARK}{sku}" for label, sku in selectors.product_names(request.actor)],
        "cities": sorted(cities.values()),
    }
    return render_page(request, "intake/inbox.html", context, partial="intake/_inbox.html")


@require_POST
@page(Perm.INTAKE_MANAGE)
def mend(request: PageRequest, row_id: int) -> HttpResponse:
    """Try one row again with what was typed."""
    before = row = selectors.get_row(request.actor, row_id)
    errors: list[str] = []
    try:
        row = mend_row(actor=request.actor, row_id=row_id, fixes=read_fixes(request.POST))
    except CommandaError as error:
        errors = [str(error)]
    if row.status == StagedRow.Status.IMPORTED and not errors:
        alike = selectors.rows_like(request.actor, before) if "remember" in request.POST else None
        text = _("Imported as %(reference)s.") % {"reference": row.order}
        return _done(request, row, text, alike_qty=alike.count() if alike is not None else 0)
    return _still_waiting(request, row, errors)


@require_POST
@page(Perm.INTAKE_MANAGE)
def ignore(request: PageRequest, row_id: int) -> HttpResponse:
    """Set one row aside, with a reason."""
    row = selectors.get_row(request.actor, row_id)
    try:
        row = ignore_row(actor=request.actor, row_id=row_id, reason=request.POST.get("reason", ""))
    except CommandaError as error:
        return _still_waiting(request, row, [str(error)])
    return _done(request, row, _("Set aside: %(reason)s") % {"reason": row.ignored_reason}, may_reopen=True)


@require_POST
@page(Perm.INTAKE_MANAGE)
def reopen(request: PageRequest, row_id: int) -> HttpResponse:
    """Take back that a row was set aside."""
    selectors.get_row(request.actor, row_id)
    row = reopen_row(actor=request.actor, row_id=row_id)
    if wants_partial(request):
        return _card(request, row, [])
    return HttpResponseRedirect(reverse("intake_inbox"))


@require_POST
@page(Perm.INTAKE_MANAGE)
def settle(request: PageRequest, row_id: int) -> HttpResponse:
    """An imported row has been looked at; its order may get a city."""
    row = selectors.get_row(request.actor, row_id)
    try:
        row = settle_row(
            actor=request.actor,
            row_id=row_id,
            city_id=None if request.POST.get("action") == "seen" else chosen_city(request.POST),
            remember="remember" in request.POST,
        )
    except CommandaError as error:
        return _still_waiting(request, row, [str(error)])
    return _done(request, row, _("Done."))


@require_POST
@page(Perm.INTAKE_MANAGE)
def retry(request: PageRequest) -> HttpResponse:
    """Try the rows of the current filter again."""
    filters = _filters(request)
    outcome = retry_rejected(actor=request.actor, source_id=filters["source_id"], problem=filters["problem"])
    text = ngettext("%(new)s order imported.", "%(new)s orders imported.", outcome.order_qty)
    still = ngettext("%(rows)s row still waits.", "%(rows)s rows still wait.", outcome.rejected_qty)
    messages.info(request, f"{text % {'new': outcome.order_qty}} {still % {'rows': outcome.rejected_qty}}")
    return HttpResponseRedirect(_inbox_url(request))


@require_safe
@page(Perm.INTAKE_MANAGE)
def download(request: PageRequest) -> HttpResponseBase:
    """The waiting rows as a file: their own columns, and what is wrong with each."""
    rows = selectors.inbox(request.actor, **_filters(request)).order_by("source_id", "row_number", "id")
    columns: dict[str, None] = {}
    for row in rows.iterator(chunk_size=500):
        for _number, cells in describe(row).lines:
            columns.update(dict.fromkeys(cell.name for cell in cells))
    head = [_("Source"), _("Row"), _("What is wrong"), _("What to do"), *columns]
    return table_download(
        kind=request.GET.get("format"), name="inbox", head=head, rows=_download_rows(rows, list(columns))
    )


def _download_rows(rows: Any, columns: list[str]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        card = describe(row)
        wrong = " ".join(problem.message for problem in card.problems)
        to_do = " ".join(dict.fromkeys(problem.what_to_do for problem in card.problems))
        for number, cells in card.lines:
            texts = {cell.name: cell.text for cell in cells}
            yield [row.source.name, number, wrong, to_do, *(texts.get(name, "") for name in columns)]


def _still_waiting(request: PageRequest, row: StagedRow, errors: list[str]) -> HttpResponse:
    if wants_partial(request):
        return _card(request, row, errors, status=422)
    for problem in errors or [problem.message for problem in describe(row).problems]:
        messages.error(request, problem)
    return HttpResponseRedirect(_inbox_url(request))


def _card(request: PageRequest, row: StagedRow, errors: list[str], status: int = 200) -> HttpResponse:
    card = describe(row, selectors.city_names(), errors)
    return render(request, "intake/_inbox_row.html", {"card": card}, status=status)


def _done(
    request: PageRequest, row: StagedRow, text: str, *, may_reopen: bool = False, alike_qty: int = 0
) -> HttpResponse:
    if wants_partial(request):
        context = {"row": row, "text": text, "may_reopen": may_reopen, "alike_qty": alike_qty}
        return render(request, "intake/_inbox_done.html", context)
    messages.success(request, text)
    return HttpResponseRedirect(_inbox_url(request))


def _filters(request: PageRequest) -> dict[str, Any]:
    data = request.GET if request.method == "GET" else request.POST
    source = data.get("source", "")
    problem = data.get("problem", "")
    return {
        "source_id": int(source) if source.isascii() and source.isdigit() and len(source) < 10 else None,
        "problem": problem if problem in PROBLEMS else "",
    }


def _inbox_url(request: PageRequest) -> str:
    filters = _filters(request)
    query = {"source": filters["source_id"], "problem": filters["problem"]}
    text = "&".join(f"{name}={value}" for name, value in query.items() if value)
    return reverse("intake_inbox") + (f"?{text}" if text else "")
