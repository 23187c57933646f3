"""Ways in: how a source is added, and the steps until it is connected."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import selectors
from commanda.intake.models import Source
from commanda.intake.services.connect import shared_sheets
from commanda.intake.services.sources import choose_sheet, create_source, replace_key
from commanda.kernel.errors import CommandaError
from commanda.web.account.fresh import confirmed
from commanda.web.intake.forms import AccountForm, HookForm, KeyForm, LinkForm, SheetForm
from commanda.web.page import PageRequest, form_errors, page


@require_safe
@page(Perm.INTAKE_MANAGE)
def ways(request: PageRequest) -> HttpResponse:
    """The six ways orders can come in."""
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
    return form_page(request, "intake/new_link.html", form)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
@confirmed(also_reading=True, holds_secrets=True)
def new_account(request: PageRequest) -> HttpResponse:
    """Connect a sheet through a service account: first its key."""
    form = AccountForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            source = create_source(
                actor=request.actor,
                kind=Source.Kind.SHEET_API,
                key_file=form.cleaned_data["key_file"],
                google_base=form.cleaned_data["google_base"],
                **form.values(),
            )
            return HttpResponseRedirect(reverse("intake_source_sheet", args=[source.pk]))
    return form_page(request, "intake/new_account.html", form)


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
@confirmed()
def new_hook(request: PageRequest) -> HttpResponse:
    """An address that programs send orders to."""
    return _new_address(request, "intake/new_hook.html", is_script=False)


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
@confirmed()
def new_script(request: PageRequest) -> HttpResponse:
    """An address for the script of a private sheet."""
    return _new_address(request, "intake/new_script.html", is_script=True)


def _new_address(request: PageRequest, template: str, *, is_script: bool) -> HttpResponse:
    form = HookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            source = create_source(actor=request.actor, kind=Source.Kind.HOOK, is_script=is_script, **form.values())
            return HttpResponseRedirect(reverse("intake_source_hook", args=[source.pk]))
    return form_page(request, template, form)


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def choose(request: PageRequest, source_id: int) -> HttpResponse:
    """Then the sheet that is shared with the account, and its tab."""
    source = selectors.get_source(request.actor, source_id)
    form = SheetForm(request.POST or None, source=source)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            before = source.options.get("spreadsheet_id")
            source = choose_sheet(
                actor=request.actor,
                source_id=source_id,
                spreadsheet=form.cleaned_data["spreadsheet"],
                # The tabs offered are those of the sheet chosen before.
                tab="" if "spreadsheet" in form.changed_data else form.cleaned_data.get("tab", ""),
            )
            has_choice = len(source.options["tabs"]) > 1 and source.options["spreadsheet_id"] != before
            name = "intake_source_sheet" if has_choice else "intake_source_mapping"
            return HttpResponseRedirect(reverse(name, args=[source_id]))
    return form_page(request, "intake/choose_sheet.html", form, source=source)


@require_safe
@page(Perm.INTAKE_MANAGE)
def shared(request: PageRequest, source_id: int) -> HttpResponse:
    """The spreadsheets shared with the source's account, as a part of the page where one is chosen."""
    source = selectors.get_source(request.actor, source_id)
    search = request.GET.get("q", "").strip()[:100]
    context: dict[str, Any] = {"source": source, "search": search}
    if source.secret:
        try:
            found = shared_sheets(source, search)
            context |= {"sheets": found.sheets, "has_more": found.has_more}
        except CommandaError as error:
            context["error"] = str(error)
    return render(request, "intake/_shared_sheets.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
@confirmed(also_reading=True, holds_secrets=True)
def new_key(request: PageRequest, source_id: int) -> HttpResponse:
    """Another key file for the source."""
    source = selectors.get_source(request.actor, source_id)
    form = KeyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            replace_key(actor=request.actor, source_id=source_id, key_file=form.cleaned_data["key_file"])
            messages.success(request, _("The new key is stored."))
            return HttpResponseRedirect(reverse("intake_source", args=[source_id]))
    return form_page(request, "intake/new_key.html", form, source=source)


def form_page(request: PageRequest, template: str, form: Form, **context: Any) -> HttpResponse:
    """A page around one form; 422 when it came back with errors."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
