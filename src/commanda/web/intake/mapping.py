"""Which column is which: for a connected sheet and for a file."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.intake import jobs, selectors
from commanda.intake.models import Source
from commanda.intake.preview import make_preview, mapping_from_choices
from commanda.intake.services.connect import open_reader
from commanda.intake.services.read_source import choose_mapping, first_rows
from commanda.intake.services.set_mapping import set_mapping
from commanda.kernel.errors import CommandaError
from commanda.web.htmx import render_page
from commanda.web.intake.parts import column_choices, field_choices
from commanda.web.page import PageRequest, page


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def mapping(request: PageRequest, source_id: int) -> HttpResponse:
    """Which column is which, with the first rows as they would come in."""
    source = selectors.get_source(request.actor, source_id)
    if source.kind == Source.Kind.FILE:
        return HttpResponseRedirect(f"{reverse('intake_upload')}?source={source_id}")
    head: Sequence[Sequence[Any]] = []
    error = ""
    chosen = None
    try:
        head = first_rows(open_reader(source))
        if request.method == "POST":
            chosen = mapping_from_choices(
                head,
                choose_mapping(source, head),
                column_choices(request.POST),
                has_header="has_header" in request.POST,
                centimes="centimes" in request.POST,
                month_first="month_first" in request.POST,
            )
            if request.POST.get("action") == "save":
                set_mapping(actor=request.actor, source_id=source_id, mapping=chosen)
                jobs.queue_reading(source_id, request.actor.user_id)
                messages.success(request, _("The mapping is kept. The sheet is being read now."))
                return HttpResponseRedirect(reverse("intake"))
    except CommandaError as problem:
        error = str(problem)
    context = {
        "source": source,
        # A sheet that cannot be read has nothing to show: the error above says why.
        "preview": make_preview(source, head, chosen) if head else None,
        "fields": field_choices(),
        "error": error,
        "submit": "save",
    }
    status = 422 if error and request.method == "POST" else 200
    return render_page(request, "intake/mapping.html", context, partial="intake/_preview.html", status=status)
