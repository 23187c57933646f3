"""Which column is which: the page of a connected sheet, and what it shares with that of a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.intake import jobs, selectors
from commanda.intake.choices import Choices, mapping_from_choices
from commanda.intake.headers import guess_mapping
from commanda.intake.mapping import Mapping
from commanda.intake.mapping_file import MAX_BYTES, read_mapping, write_mapping
from commanda.intake.models import Source
from commanda.intake.presets import PRESETS
from commanda.intake.preview import make_preview, missing_message
from commanda.intake.services.connect import open_reader
from commanda.intake.services.read_source import choose_mapping, first_rows, stored_mapping
from commanda.intake.services.set_mapping import set_mapping
from commanda.kernel.errors import CommandaError, Invalid
from commanda.web.htmx import render_page
from commanda.web.intake.mapping_forms import MappingForm
from commanda.web.intake.parts import column_choices, field_choices, rank_choices
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page

Head = Sequence[Sequence[Any]]
# What the buttons of the page send.
SAVE: Final = "save"
START: Final = "start"
DOWNLOAD: Final = "download"


@dataclass
class Chosen:
    """The mapping as it stands on the page, with the form of its settings and what is wrong."""

    mapping: Mapping
    form: MappingForm
    error: str = ""


@require_http_methods(["GET", "POST"])
@page(Perm.INTAKE_MANAGE)
def mapping(request: PageRequest, source_id: int) -> HttpResponse:
    """Which column is which, with the first rows as they would come in."""
    source = selectors.get_source(request.actor, source_id)
    if source.kind == Source.Kind.FILE:
        return HttpResponseRedirect(f"{reverse('intake_upload')}?source={source_id}")
    try:
        head: Head = first_rows(open_reader(source))
    except CommandaError as problem:
        # A sheet that cannot be read has nothing to show but why.
        status = 422 if request.method == "POST" else 200
        context = {"source": source, "preview": None, "error": str(problem)}
        return render_page(request, "intake/mapping.html", context, partial="intake/_preview.html", status=status)

    def keep(chosen: Mapping) -> str:
        set_mapping(actor=request.actor, source_id=source_id, mapping=chosen)
        jobs.queue_reading(source_id, request.actor.user_id)
        messages.success(request, _("The mapping is kept. The sheet is being read now."))
        return reverse("intake")

    return mapping_page(request, source, head, template="intake/mapping.html", submit=SAVE, keep=keep)


def mapping_page(
    request: PageRequest,
    source: Source,
    head: Head,
    *,
    template: str,
    submit: str,
    keep: Callable[[Mapping], str],
    **context: Any,
) -> HttpResponse:
    """The page, its live preview, and what its buttons do. `keep` stores the mapping and gives the next address."""
    action = request.POST.get("action", "")
    chosen = _chosen(request, source, head, action)
    if not chosen.error and action == DOWNLOAD:
        return _download(source, chosen.mapping)
    if not chosen.error and action == submit:
        try:
            return HttpResponseRedirect(keep(chosen.mapping))
        except CommandaError as problem:
            chosen.error = str(problem)
    preview = make_preview(source, head, chosen.mapping)
    context |= {
        "source": source,
        "preview": preview,
        "missing": [missing_message(name) for name in preview.missing],
        "form": chosen.form,
        "fields": field_choices(),
        "error": chosen.error,
        "submit": submit,
        "starts": _starts(request, source),
        "cities": sorted(selectors.city_names().values()),
        "products": [label for label, _sku in selectors.product_names(request.actor)],
    }
    status = 422 if chosen.error else 200
    return render_page(request, template, context, partial="intake/_preview.html", status=status)


def _chosen(request: PageRequest, source: Source, head: Head, action: str) -> Chosen:
    base = choose_mapping(source, head)
    if request.method != "POST":
        return Chosen(base, MappingForm(source=source, mapping=base))
    if action == START:
        try:
            base = _start(request, source, head)
        except CommandaError as problem:
            return Chosen(base, MappingForm(source=source, mapping=base), str(problem))
        return Chosen(base, MappingForm(source=source, mapping=base))
    form = MappingForm(request.POST, source=source, mapping=base)
    form.is_valid()
    preset = request.POST.get("preset", "")
    choices = Choices(
        column_choices(request.POST),
        rank_choices(request.POST),
        preset=preset if preset in PRESETS else "",
        **form.choices(),
    )
    try:
        chosen = Chosen(mapping_from_choices(head, base, choices), form)
    except CommandaError as problem:
        form.take_error(problem)
        # The columns stay as they were chosen, whatever is wrong with a usual value.
        known = {at: name for at, name in choices.columns.items() if not name or name in dict(field_choices())}
        kept = mapping_from_choices(head, base, replace(choices, columns=known, defaults={}))
        return Chosen(kept, form, str(problem))
    if form.errors:
        chosen.error = " ".join(str(text) for texts in form.errors.values() for text in texts)
    return chosen


def _start(request: PageRequest, source: Source, head: Head) -> Mapping:
    """The mapping to begin with: of a saved file, of a known layout, of another source, or the guess."""
    if file := request.FILES.get("mapping_file"):
        return read_mapping(file.read(MAX_BYTES + 1))
    kind, _sep, key = request.POST.get("start", "").partition(":")
    if kind == "preset" and key in PRESETS:
        return guess_mapping(head, key)
    if kind == "source" and (source_id := number_or_none(key)) is not None:
        other = stored_mapping(selectors.get_source(request.actor, source_id))
        if other is not None:
            return other
    if kind == "file":
        raise Invalid(_("Choose the file of a mapping first."), field="file", code="no_file")
    return guess_mapping(head)


def _starts(request: PageRequest, source: Source) -> dict[str, list[tuple[str, Any]]]:
    others = selectors.mapped_sources(request.actor)
    return {
        "presets": [(f"preset:{key}", preset.name) for key, preset in PRESETS.items()],
        "sources": [(f"source:{other.pk}", other.name) for other in others if other.pk != source.pk],
    }


def _download(source: Source, mapping: Mapping) -> HttpResponse:
    name = slugify(source.name) or "mapping"
    return HttpResponse(
        write_mapping(mapping),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}-mapping.json"'},
    )
