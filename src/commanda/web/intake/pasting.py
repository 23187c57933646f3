"""Cells that are pasted: kept like a file, looked at, imported."""

from django.core.files.base import ContentFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.intake import selectors
from commanda.intake.readers import open_file
from commanda.intake.readers.pasted import pasted_sheet
from commanda.intake.services.import_file import source_of_upload, upload_path
from commanda.intake.services.read_source import first_rows
from commanda.intake.services.uploads import drop_upload, store_upload
from commanda.kernel.clock import now
from commanda.kernel.errors import CommandaError
from commanda.web.intake.forms import PasteForm
from commanda.web.page import PageRequest, form_errors, page


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def paste(request: PageRequest) -> HttpResponse:
    """Paste cells; then the same preview as a file has."""
    known = selectors.file_sources(request.actor)
    wanted = request.GET.get("source", "")
    initial = {"source_name": next((source.name for source in known if str(source.pk) == wanted), "")}
    form = PasteForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            address = _keep(request, form.cleaned_data["cells"], form.cleaned_data["source_name"])
            return HttpResponseRedirect(address)
    context = {"form": form, "known": known}
    return render(request, "intake/paste.html", context, status=422 if form.errors else 200)


def _keep(request: PageRequest, cells: str, source_name: str) -> str:
    """Keep the cells until their import; the address of their preview. What is no sheet is refused here."""
    at = timezone.localtime(now()).strftime("%Y-%m-%d %H.%M")
    try:
        stored = store_upload(
            actor=request.actor,
            file=ContentFile(pasted_sheet(cells)),
            name=f"{_('Pasted cells')} {at}.csv",
            source_name=source_name or _("Pasted cells"),
            is_pasted=True,
        )
        try:
            source_of_upload(stored)
            first_rows(open_file(upload_path(stored)))
        except CommandaError:
            drop_upload(stored)
            raise
    except CommandaError as error:
        error.field = error.field or "cells"
        raise
    return reverse("intake_upload_preview", args=[stored.pk])
