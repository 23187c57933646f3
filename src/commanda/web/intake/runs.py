"""Imports: the history, and one of them with its progress and its result."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import inbox_selectors, selectors
from commanda.intake.failures import explain
from commanda.intake.inbox_selectors import InboxFilters
from commanda.intake.models import ImportRun
from commanda.intake.services.steer_run import cancel_run, resume_run
from commanda.intake.source_health import progress_of
from commanda.kernel.errors import CommandaError
from commanda.web.htmx import render_page
from commanda.web.intake.inbox_rows import describe
from commanda.web.intake.parts import tabs
from commanda.web.intake.run_rows import may_cancel, may_resume, run_rows
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

ROWS_SHOWN = 20


@require_safe
@page(Perm.INTAKE_MANAGE)
def run_list(request: PageRequest) -> HttpResponse:
    """All imports, newest first; follows those that are under way."""
    rows = keyset_page(selectors.runs(request.actor), order=("-id",), cursor=request.GET.get("after"))
    context = {
        "tabs": tabs(request.actor, "runs"),
        "page": rows,
        "runs": run_rows(rows.rows),
        "is_running": any(run.is_open for run in rows.rows),
    }
    return render_page(request, "intake/runs.html", context, partial="intake/_runs.html")


@require_safe
@page(Perm.INTAKE_MANAGE)
def run_page(request: PageRequest, run_id: int) -> HttpResponse:
    """What came of each row; follows an import that is under way."""
    run = selectors.get_run(request.actor, run_id)
    waiting = inbox_selectors.find_rows(request.actor, InboxFilters(run_id=run_id))
    query = f"run={run_id}"
    if run.rejected_qty and not waiting.exists():
        # They waited before this reading already: nothing was written about them.
        waiting = inbox_selectors.find_rows(request.actor, InboxFilters(source_id=run.source_id))
        query = f"source={run.source_id}"
    context = {
        "run": run,
        "progress": progress_of(run) if run.is_open else None,
        "may_cancel": may_cancel(run),
        "may_resume": may_resume(run),
        "error": explain(run.error_code, run.error_params),
        "waiting": [describe(row) for row in waiting[:ROWS_SHOWN]],
        "waiting_qty": waiting.count(),
        "waiting_query": query,
    }
    return render_page(request, "intake/run.html", context, partial="intake/_run.html")


@require_POST
@page(Perm.INTAKE_MANAGE)
def cancel(request: PageRequest, run_id: int) -> HttpResponse:
    """Stop an import; what was taken in stays."""
    try:
        run = cancel_run(actor=request.actor, run_id=run_id)
    except CommandaError as error:
        messages.warning(request, str(error))
    else:
        is_over = run.status == ImportRun.Status.CANCELLED
        messages.info(request, _("The import was cancelled.") if is_over else _("The import stops after these rows."))
    return HttpResponseRedirect(reverse("intake_run", args=[run_id]))


@require_POST
@page(Perm.INTAKE_MANAGE)
def resume(request: PageRequest, run_id: int) -> HttpResponse:
    """Let an import that ended early go on, as a new one."""
    try:
        resumed = resume_run(actor=request.actor, run_id=run_id)
    except CommandaError as error:
        messages.warning(request, str(error))
        return HttpResponseRedirect(reverse("intake_run", args=[run_id]))
    if resumed is None:
        run = selectors.get_run(request.actor, run_id)
        messages.info(request, _("It goes on now: rows that were taken in already stay as they are."))
        return HttpResponseRedirect(reverse("intake_source", args=[run.source_id]))
    return HttpResponseRedirect(reverse("intake_run", args=[resumed.pk]))
