"""The commission plan: its versions, one of them to read or to write, and what it would have paid."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.finance.commission_selectors import commission_plan, commission_plans, current_plan
from commanda.finance.models import CommissionPlan
from commanda.finance.services.plans import begin_plan, copy_plan, data_of, remove_plan, save_plan
from commanda.finance.simulation import simulate
from commanda.kernel.clock import today
from commanda.kernel.errors import CommandaError
from commanda.web.account.fresh import confirmed
from commanda.web.charts import Colour, Series, Unit, bar
from commanda.web.finance.plan_forms import BeginForm, PlanForms
from commanda.web.finance.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.periods import picked

MOST_IN_CHART = 12


@page(Perm.FINANCE_VIEW)
@require_safe
def plans(request: PageRequest) -> HttpResponse:
    """The versions: drafts, planned ones, the one in force, past ones."""
    context = {
        "tabs": tabs("finance_plans"),
        "rows": commission_plans(request.actor),
        "current": current_plan(request.actor),
        "today": today(),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }
    return render_page(request, "finance/plans.html", context)


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_http_methods(["GET", "HEAD", "POST"])
def new_plan(request: PageRequest) -> HttpResponse:
    """A first draft, written from nothing."""
    forms = PlanForms(request.POST or None, request.actor, None)
    if request.method == "POST" and forms.is_valid():
        try:
            plan = save_plan(actor=request.actor, data=forms.data)
        except CommandaError as error:
            forms.refuse(error)
        else:
            messages.success(request, _("Saved as a draft. Try it on a month, then say from which day it counts."))
            return redirect(request, reverse("finance_plan", args=[plan.pk]))
    return _editor(request, None, forms, BeginForm())


@page(Perm.FINANCE_VIEW)
@confirmed()
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: PageRequest, plan_id: int) -> HttpResponse:
    """One version: to write while nobody has earned by it, to read afterwards."""
    found = _plan(request, plan_id)
    if request.method == "POST":
        request.actor.require(Perm.FINANCE_EDIT)
    elif found.is_used or not request.actor.can(Perm.FINANCE_EDIT):
        return render_page(request, "finance/plan_read.html", _context(request, found))
    forms = PlanForms(request.POST or None, request.actor, data_of(found))
    if request.method == "POST" and forms.is_valid():
        try:
            save_plan(actor=request.actor, plan_id=plan_id, data=forms.data)
        except CommandaError as error:
            forms.refuse(error)
        else:
            messages.success(request, _("Saved."))
            return redirect(request, reverse("finance_plan", args=[plan_id]))
    begin_form = BeginForm(initial={"valid_from_on": found.valid_from_on or today()})
    return _editor(request, found, forms, begin_form)


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def begin(request: PageRequest, plan_id: int) -> HttpResponse:
    """Say from which day a version counts."""
    found = _plan(request, plan_id)
    form = BeginForm(request.POST)
    if form.is_valid():
        with form_errors(form):
            begin_plan(actor=request.actor, plan_id=plan_id, **form.cleaned_data)
            messages.success(request, _("The version counts from that day on."))
            return redirect(request, reverse("finance_plan", args=[plan_id]))
    return _editor(request, found, PlanForms(None, request.actor, data_of(found)), form)


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def copy(request: PageRequest, plan_id: int) -> HttpResponse:
    """A draft that begins as the copy of a version."""
    made = copy_plan(actor=request.actor, plan_id=plan_id)
    messages.success(request, _("This draft says what the version says. Change it, then say from which day it counts."))
    return redirect(request, reverse("finance_plan", args=[made.pk]))


@page(Perm.FINANCE_EDIT)
@confirmed()
@require_POST
def remove(request: PageRequest, plan_id: int) -> HttpResponse:
    """Forget a version that nobody has earned by."""
    remove_plan(actor=request.actor, plan_id=plan_id)
    messages.success(request, _("Removed."))
    return redirect(request, reverse("finance_plans"))


@page(Perm.FINANCE_VIEW)
@require_safe
def simulation(request: PageRequest, plan_id: int) -> HttpResponse:
    """What a version would have paid in a span, beside what the versions of then pay by the same rules."""
    found = _plan(request, plan_id)
    choice = picked(request, default="last_month")
    rows = simulate(request.actor, found, first=choice.period.first, last=choice.period.last)
    shown = sorted(rows, key=lambda row: -max(row.tried.total, row.present.total))[:MOST_IN_CHART]
    context = {
        **_context(request, found),
        "picked": choice,
        "rows": rows,
        "present": sum(row.present.total for row in rows),
        "tried": sum(row.tried.total for row in rows),
        "chart": bar(
            _("Commission by agent, now and by this version"),
            [row.agent_name for row in shown],
            [
                Series(_("As it was"), [row.present.total for row in shown], Colour.MUTED),
                Series(_("By this version"), [row.tried.total for row in shown], Colour.PRIMARY),
            ],
            unit=Unit.MAD,
        ),
    }
    context["difference"] = context["tried"] - context["present"]
    return render_page(request, "finance/plan_simulation.html", context)


def _plan(request: PageRequest, plan_id: int) -> Any:
    """The version with its lines, its tiers and `is_used`."""
    found = commission_plan(request.actor, plan_id)
    if found is None:
        raise Http404
    return found


def _context(request: PageRequest, found: CommissionPlan | None) -> dict[str, Any]:
    return {
        "tabs": tabs("finance_plans"),
        "plan": found,
        "today": today(),
        "is_current": found is not None and found == current_plan(request.actor),
        "may_edit": request.actor.can(Perm.FINANCE_EDIT),
    }


def _editor(
    request: PageRequest, found: CommissionPlan | None, forms: PlanForms, begin_form: BeginForm
) -> HttpResponse:
    context = {
        **_context(request, found),
        "form": forms.form,
        "lines": forms.lines,
        "tiers": forms.tiers,
        "begin_form": begin_form,
    }
    return render_page(request, "finance/plan.html", context, status=422 if request.method == "POST" else 200)
