"""Imports: the history, and one of them with its progress and its result."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import selectors
from commanda.intake.failures import explain
from commanda.web.htmx import render_page
from commanda.web.intake.inbox_rows import describe
from commanda.web.intake.parts import tabs
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page

ROWS_SHOWN = 20


@require_safe
@page(Perm.INTAKE_MANAGE)
def run_list(request: PageRequest) -> HttpResponse:
    """All imports, newest first."""
    rows = keyset_page(selectors.runs(request.actor), order=("-id",), cursor=request.GET.get("after"))
    context = {"tabs": tabs(request.actor, "runs"), "page": rows}
    return render_page(request, "intake/runs.html", context, partial="intake/_runs.html")


@require_safe
@page(Perm.INTAKE_MANAGE)
def run_page(request: PageRequest, run_id: int) -> HttpResponse:
    """What came of each row; follows an import that is under way."""
    run = selectors.get_run(request.actor, run_id)
    waiting = selectors.inbox(request.actor, run_id=run_id)
    if run.rejected_qty and not waiting.exists():
        # They waited before this reading already: nothing was written about them.
        waiting = selectors.inbox(request.actor, source_id=run.source_id)
    context = {
        "run": run,
        "error": explain(run.error_code, run.error_params),
        "waiting": [describe(row) for row in waiting[:ROWS_SHOWN]],
        "waiting_qty": waiting.count(),
    }
    return render_page(request, "intake/run.html", context, partial="intake/_run.html")
