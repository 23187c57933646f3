"""A file: uploaded, looked at, imported."""

from pathlib import Path
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.intake import selectors
from commanda.intake.mapping import Mapping
from commanda.intake.models import UploadedSheet
from commanda.intake.readers import open_file
from commanda.intake.services.import_file import import_upload, queue_upload, source_of_upload, upload_path
from commanda.intake.services.read_source import first_rows
from commanda.intake.services.uploads import drop_upload, store_upload
from commanda.kernel.errors import CommandaError
from commanda.web.intake.forms import UploadForm
from commanda.web.intake.mapping import mapping_page
from commanda.web.page import PageRequest, form_errors, page

# Smaller files are taken in while the person waits a second; larger ones by the worker, with a progress bar.
INLINE_BYTES = 256 * 1024
INLINE_BYTES_PACKED = 64 * 1024


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def upload(request: PageRequest) -> HttpResponse:
    """Choose a file; what is no sheet is refused here."""
    known = selectors.file_sources(request.actor)
    wanted = request.GET.get("source", "")
    initial = {"source_name": next((source.name for source in known if str(source.pk) == wanted), "")}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with form_errors(form):
            stored = store_upload(
                actor=request.actor,
                file=file,
                name=file.name,
                source_name=form.cleaned_data["source_name"] or Path(file.name).stem,
            )
            try:
                source_of_upload(stored)
                first_rows(open_file(upload_path(stored)))
            except CommandaError as error:
                drop_upload(stored)
                error.field = error.field or "file"
                raise
            return HttpResponseRedirect(reverse("intake_upload_preview", args=[stored.pk]))
    context = {"form": form, "known": known}
    return render(request, "intake/upload.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def preview(request: PageRequest, upload_id: UUID) -> HttpResponse:
    """Which column is which, the first rows as they would come in; then the import."""
    stored = selectors.get_upload(request.actor, upload_id)
    source = source_of_upload(stored)
    head = first_rows(open_file(upload_path(stored)))
    return mapping_page(
        request,
        source,
        head,
        template="intake/preview.html",
        submit="import",
        keep=lambda chosen: _import(request, stored, chosen),
        upload=stored,
    )


def _import(request: PageRequest, stored: UploadedSheet, mapping: Mapping) -> str:
    """Take the file in, here or by the worker; the address of the page that tells the result."""
    if _is_small(stored):
        run = import_upload(actor=request.actor, upload_id=stored.pk, mapping=mapping)
    else:
        run = queue_upload(actor=request.actor, upload_id=stored.pk, mapping=mapping)
    return reverse("intake_run", args=[run.pk])


def _is_small(stored: UploadedSheet) -> bool:
    packed = not stored.name.lower().endswith((".csv", ".txt", ".tsv"))
    return bool(stored.file.size <= (INLINE_BYTES_PACKED if packed else INLINE_BYTES))
