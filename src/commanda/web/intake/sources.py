"""Sources: how they do, how they are added, settings."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import jobs, selectors
from commanda.intake.models import Source
from commanda.intake.services.sources import choose_sheet, create_source, replace_key, set_active, update_source
from commanda.web.htmx import render_page
from commanda.web.intake.forms import AccountForm, KeyForm, LinkForm, SettingsForm, SheetForm
from commanda.web.intake.parts import tabs
from commanda.web.page import PageRequest, form_errors, page

RUNS_SHOWN = 10


@require_safe
@page(Perm.INTAKE_MANAGE)
def source_list(request: PageRequest) -> HttpResponse:
    """Every source with its health; refreshes itself while one is being read."""
    sources = selectors.source_list(request.actor)
    context = {
        "tabs": tabs(request.actor, "sources"),
        "sources": sources,
        "is_running": any(health.state == "running" for health in sources),
    }
    return render_page(request, "intake/sources.html", context, partial="intake/_sources.html")


@require_safe
@page(Perm.INTAKE_MANAGE)
def ways(request: PageRequest) -> HttpResponse:
    """The three ways orders can come in."""
    return render(request, "intake/ways.html")


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def new_link(request: PageRequest) -> HttpResponse:
    """Connect a sheet by its link."""
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            source = create_source(
                actor=request.actor, kind=Source.Kind.SHEET_LINK, link=form.cleaned_data["link"], **form.values()
            )
            return HttpResponseRedirect(reverse("intake_source_mapping", args=[source.pk]))
    return _form_page(request, "intake/new_link.html", form)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def new_account(request: PageRequest) -> HttpResponse:
    """Connect a sheet through a service account: first its key."""
    form = AccountForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            source = create_source(
                actor=request.actor,
                kind=Source.Kind.SHEET_API,
                key_file=form.cleaned_data["key_file"],
                **form.values(),
            )
            return HttpResponseRedirect(reverse("intake_source_sheet", args=[source.pk]))
    return _form_page(request, "intake/new_account.html", form)


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def choose(request: PageRequest, source_id: int) -> HttpResponse:
    """Then the sheet that is shared with the account, and its tab."""
    source = selectors.get_source(request.actor, source_id)
    form = SheetForm(request.POST or None, source=source)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            before = source.options.get("tabs")
            source = choose_sheet(
                actor=request.actor,
                source_id=source_id,
                spreadsheet=form.cleaned_data["spreadsheet"],
                tab=form.cleaned_data.get("tab", ""),
            )
            has_choice = len(source.options["tabs"]) > 1 and source.options["tabs"] != before
            name = "intake_source_sheet" if has_choice else "intake_source_mapping"
            return HttpResponseRedirect(reverse(name, args=[source_id]))
    return _form_page(request, "intake/choose_sheet.html", form, source=source)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def new_key(request: PageRequest, source_id: int) -> HttpResponse:
    """Another key file for the source."""
    source = selectors.get_source(request.actor, source_id)
    form = KeyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            replace_key(actor=request.actor, source_id=source_id, key_file=form.cleaned_data["key_file"])
            messages.success(request, _("The new key is stored."))
            return HttpResponseRedirect(reverse("intake_source", args=[source_id]))
    return _form_page(request, "intake/new_key.html", form, source=source)


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def source_page(request: PageRequest, source_id: int) -> HttpResponse:
    """Settings, health and the last imports of one source."""
    source = selectors.get_source(request.actor, source_id)
    form = SettingsForm(request.POST or None, source=source)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            update_source(actor=request.actor, source_id=source_id, changes=form.values())
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("intake_source", args=[source_id]))
    return _form_page(
        request,
        "intake/source.html",
        form,
        source=source,
        health=selectors.source_health(request.actor, source),
        runs=selectors.runs(request.actor, source_id=source_id)[:RUNS_SHOWN],
    )


@require_POST
@page(Perm.INTAKE_MANAGE)
def run_now(request: PageRequest, source_id: int) -> HttpResponse:
    """Ask the worker to read the sheet at once."""
    source = selectors.get_source(request.actor, source_id)
    if source.kind != Source.Kind.FILE:
        jobs.queue_reading(source_id, request.actor.user_id)
        messages.info(request, _("“%(name)s” is being read. New orders appear within seconds.") % {"name": source.name})
    return HttpResponseRedirect(reverse("intake"))


@require_POST
@page(Perm.INTAKE_MANAGE)
def pause(request: PageRequest, source_id: int) -> HttpResponse:
    """Pause a source, or let it go on."""
    selectors.get_source(request.actor, source_id)
    set_active(actor=request.actor, source_id=source_id, is_active=request.POST.get("active") == "1")
    return HttpResponseRedirect(reverse("intake"))


def _form_page(request: PageRequest, template: str, form: Form, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
