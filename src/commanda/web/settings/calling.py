"""Settings of calls: the limits of the queue, and the retry policy with its picture."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from commanda.accounts.permissions import Perm
from commanda.confirmation.models import CallPolicy
from commanda.confirmation.retry import Step, course, within_hours
from commanda.confirmation.selectors import call_policy, calling_hours, retry_steps
from commanda.confirmation.services.policy import save_limits, save_retries
from commanda.confirmation.services.replan import preview_replan, replan
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.settings.call_forms import LimitsForm, StepFormSet, TriesForm
from commanda.web.settings.call_tabs import CALLS, tabs


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: PageRequest) -> HttpResponse:
    form = LimitsForm(request.POST or None, instance=call_policy())
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            save_limits(actor=request.actor, fields=form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect(request, reverse("settings_calls"))
    context = {"form": form, "tabs": tabs(CALLS, "settings_calls")}
    return render_page(request, "settings/limits.html", context, status=422 if form.errors else 200)


@page(Perm.SETTINGS_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def retries(request: PageRequest) -> HttpResponse:
    """The steps of the policy; saving leaves waiting orders as they are and says how many would move."""
    policy, steps = call_policy(), retry_steps()
    rows = [{"after_minutes": s.after_minutes, "days_later": s.days_later, "at_time": s.at_time} for s in steps]
    formset = StepFormSet(request.POST or None, initial=rows, prefix="steps")
    form = TriesForm(request.POST or None, policy=policy)
    problem = ""
    if request.method == "POST" and form.is_valid() and formset.is_valid():
        try:
            with form_errors(form):
                _save(request, form, formset)
                return redirect(request, reverse("settings_retries"))
        except _BadSteps as bad:
            problem = str(bad)
    context = {
        "form": form,
        "formset": formset,
        "problem": problem,
        "tabs": tabs(CALLS, "settings_retries"),
        "picture": _picture(policy, steps),
        "last_state": policy.exhausted_state,
        "replan": preview_replan(actor=request.actor),
    }
    failed = request.method == "POST"
    return render_page(request, "settings/retries.html", context, status=422 if failed else 200)


@page(Perm.SETTINGS_MANAGE)
@require_POST
def replan_now(request: PageRequest) -> HttpResponse:
    """Give waiting retries the times of the policy in force."""
    number = replan(actor=request.actor).changed
    text = ngettext("%(number)s order has a new time.", "%(number)s orders have new times.", number)
    messages.success(request, text % {"number": number})
    return redirect(request, reverse("settings_retries"))


class _BadSteps(Exception):
    """What is wrong with the steps; it stands over their rows."""


def _save(request: PageRequest, form: TriesForm, formset: Any) -> None:
    steps = [step for row in formset if (step := row.step()) is not None]
    data = form.cleaned_data
    try:
        save_retries(
            actor=request.actor,
            steps=steps,
            max_attempts=data["max_attempts"],
            exhausted_state_id=data["exhausted_state"].pk,
        )
    except Invalid as error:
        if error.field == "steps":
            raise _BadSteps(str(error)) from error
        raise
    messages.success(request, _("Saved. Orders that wait already keep their times until you re-plan them."))


def _picture(policy: CallPolicy, steps: list[Step]) -> list[dict[str, Any]]:
    """Each try of a client who never answers, the first at the next opening: number, instant, wait."""
    hours = calling_hours(policy)
    instants = course(within_hours(now(), hours), steps=steps, hours=hours, tries=policy.max_attempts)
    before: list[datetime | None] = [None, *instants[:-1]]
    return [
        {"number": place, "at": at, "wait": _wait(at, last) if last else ""}
        for place, (at, last) in enumerate(zip(instants, before, strict=True), 1)
    ]


def _wait(at: datetime, last: datetime) -> str:
    minutes = round((at - last).total_seconds() / 60)
    if minutes < 60:
        return _("%(number)s min later") % {"number": minutes}
    if minutes < 24 * 60:
        hours = minutes // 60
        return ngettext("%(number)s h later", "%(number)s h later", hours) % {"number": hours}
    days = round(minutes / 1440)
    return ngettext("%(number)s day later", "%(number)s days later", days) % {"number": days}
