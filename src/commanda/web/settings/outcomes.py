"""Settings of calls: the outcomes an agent may choose, in the order of their keys."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.confirmation.selectors import every_outcome, get_outcome
from commanda.confirmation.services.outcomes import move_outcome, save_outcome
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.settings.call_forms import OutcomeForm
from commanda.web.settings.call_tabs import CALLS, tabs

KEYS = 9


@page(Perm.SETTINGS_MANAGE)
@require_safe
def outcome_list(request: PageRequest) -> HttpResponse:
    rows = every_outcome()
    keys = {row.pk: place for place, row in enumerate((row for row in rows if row.is_active), 1) if place <= KEYS}
    context = {
        "rows": [(row, keys.get(row.pk)) for row in rows],
        "tabs": tabs(CALLS, "settings_outcomes"),
    }
    return render_page(request, "settings/outcomes.html", context)


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def outcome_edit(request: PageRequest, outcome_id: int | None = None) -> HttpResponse:
    """A new outcome, or the chosen one."""
    outcome = get_outcome(outcome_id) if outcome_id else None
    form = OutcomeForm(request.POST or None, instance=outcome)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_outcome(actor=request.actor, fields=form.cleaned_data, outcome_id=outcome_id)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("settings_outcomes"))
    context = {"form": form, "outcome": outcome}
    return render_page(request, "settings/outcome.html", context, status=422 if form.errors else 200)


@page(Perm.SETTINGS_MANAGE)
@require_POST
def move(request: PageRequest, outcome_id: int) -> HttpResponse:
    """One place up (`to=up`) or down."""
    move_outcome(actor=request.actor, outcome_id=outcome_id, up=request.POST.get("to") == "up")
    return redirect(request, reverse("settings_outcomes"))
