"""What is written back to a sheet: the choice, what it would do, on and off."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.intake import selectors
from commanda.intake.models import Source
from commanda.intake.services.write_back_settings import (
    Plan,
    plan_write_back,
    switch_off,
    switch_on,
    write_all_again,
)
from commanda.intake.write_back_state import WriteBack
from commanda.kernel.errors import CommandaError
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, form_errors, page

LABELS = {
    "order": lazy("Order number"),
    "state": lazy("State"),
    "reason": lazy("Reason of a cancellation or return"),
    "agent": lazy("Agent"),
    "carrier": lazy("Carrier"),
    "tracking": lazy("Tracking number"),
}
USUAL = ("state", "agent", "tracking")


class WriteBackForm(forms.Form):
    """Which columns, and in which language their labels are."""

    fields_written = forms.MultipleChoiceField(
        label=lazy("Columns"),
        choices=list(LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": lazy("Choose at least one column to write.")},
    )
    language = forms.ChoiceField(label=lazy("Language of the sheet"), choices=settings.LANGUAGES)

    def values(self) -> dict[str, Any]:
        """What the services take."""
        return {"fields": self.cleaned_data["fields_written"], "language": self.cleaned_data["language"]}


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def write_back_page(request: PageRequest, source_id: int) -> HttpResponse:
    """The choice with a preview that follows it; GET with a choice shows what it would do and writes nothing."""
    source = selectors.get_source(request.actor, source_id)
    if source.kind != Source.Kind.SHEET_API:
        return HttpResponseRedirect(reverse("intake_source", args=[source_id]))
    form = WriteBackForm(request.POST or (request.GET if "language" in request.GET else None), initial=_initial(source))
    if request.method == "POST" and request.POST.get("action") != "plan":
        with form_errors(form):
            if done := _act(request, source_id, form):
                messages.success(request, done)
                return HttpResponseRedirect(reverse("intake_source", args=[source_id]))
    plan, problem = (None, "") if form.errors else _plan(request, source_id, form)
    context = {
        "source": source,
        "state": WriteBack.of(source),
        "form": form,
        "plan": plan,
        "problem": problem,
        "chosen": [name for name in LABELS if name in (form["fields_written"].value() or ())],
    }
    status = 422 if request.method == "POST" and form.errors else 200
    return render_page(
        request, "intake/write_back.html", context, partial="intake/_write_back_plan.html", status=status
    )


def _act(request: PageRequest, source_id: int, form: WriteBackForm) -> str:
    """What was asked for, done; "" when the choice is not complete."""
    actor, action = request.actor, request.POST.get("action")
    if action == "off":
        switch_off(actor=actor, source_id=source_id)
        return _("Nothing is written to the sheet any more. What stands there stays.")
    if action == "again":
        write_all_again(actor=actor, source_id=source_id)
        return _("The whole sheet is being compared and brought up to date.")
    if not form.is_valid():
        return ""
    switch_on(actor=actor, source_id=source_id, **form.values())
    return _("Switched on. The columns are filled within a minute.")


def _plan(request: PageRequest, source_id: int, form: WriteBackForm) -> tuple[Plan | None, str]:
    """What the choice would do; nothing before there is one, because the sheet has to be read for it."""
    if not form.is_valid():
        return None, ""
    try:
        return plan_write_back(actor=request.actor, source_id=source_id, **form.values()), ""
    except CommandaError as error:
        return None, str(error)


def _initial(source: Source) -> dict[str, Any]:
    state = WriteBack.of(source)
    if not state.columns:
        return {"fields_written": list(USUAL), "language": get_language()}
    return {"fields_written": list(state.columns), "language": state.language}
