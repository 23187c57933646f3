"""Spend from a sheet: pasted or as a file, looked at, then written."""

import csv
import io
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from commanda.accounts.permissions import Perm
from commanda.ads.models import Platform
from commanda.ads.selectors import accounts
from commanda.ads.services.import_sheet import checked_lines, import_lines
from commanda.ads.sheet_names import load_names
from commanda.ads.spend_sheet import MAX_ROWS, SheetLine, Usual, parse_sheet
from commanda.catalog.models import Product
from commanda.intake.readers import CsvReader, ReadProblem, open_file
from commanda.intake.readers.pasted import pasted_sheet
from commanda.kernel.errors import CommandaError, Invalid
from commanda.web.ads.forms import SheetForm
from commanda.web.ads.tabs import tabs
from commanda.web.htmx import redirect, render_page
from commanda.web.page import PageRequest, form_errors, page

MAX_BYTES: Final = 2 * 1024 * 1024
LINES_SHOWN: Final = 300


@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.ADS_ENTER)
def sheet(request: PageRequest) -> HttpResponse:
    """Paste or upload; then a preview, in which wrong rows are marked; then everything is written or nothing."""
    form = SheetForm(request.POST or None, request.FILES or None, actor=request.actor)
    lines: list[SheetLine] = []
    if request.method == "POST" and form.is_valid():
        with form_errors(form):
            rows = _rows(form)
            kept = request.POST.copy()
            kept["cells"] = _as_text(rows)
            form.data = kept
            usual = _usual(form)
            lines = checked_lines(request.actor, parse_sheet(rows, load_names(request.actor), usual))
            if not lines:
                raise Invalid(_("No figure was found. Copy the row of names as well."), field="cells", code="empty")
            if request.POST.get("action") == "save":
                done = import_lines(actor=request.actor, lines=lines, buyer_id=form.buyer_id())
                messages.success(request, _done(done.changed_qty, done.read_qty))
                return redirect(request, reverse("ads"))
    bad = [line for line in lines if line.problems]
    context = {
        **tabs(request.actor, "ads"),
        "form": form,
        "lines": _shown(request, _bad_first(lines)[:LINES_SHOWN]),
        "line_qty": len(lines),
        "bad_qty": len(bad),
        "most_rows": MAX_ROWS,
    }
    return render_page(request, "ads/import.html", context, status=422 if form.errors or bad else 200)


def _rows(form: SheetForm) -> list[list[Any]]:
    """The cells of the file or of the text. Raises `ReadProblem` and `Invalid` for what cannot be read."""
    file, text = form.cleaned_data["file"], form.cleaned_data["cells"]
    try:
        if file:
            if file.size > MAX_BYTES:
                raise ReadProblem("too_large")
            reader = open_file(file.read())
        elif text.strip():
            reader = CsvReader(pasted_sheet(text), encoding="utf-8", delimiter=",")
        else:
            raise Invalid(_("Paste cells, or choose a file."), field="cells", code="empty")
        return [row for _number, row in zip(range(MAX_ROWS), reader.rows(), strict=False)]
    except CommandaError as error:
        error.field = error.field or ("file" if file else "cells")
        raise


def _as_text(rows: list[list[Any]]) -> str:
    """The cells as tab-separated text, which the form keeps until they are written."""
    target = io.StringIO()
    csv.writer(target, delimiter="\t", lineterminator="\n").writerows(rows)
    return target.getvalue()


def _usual(form: SheetForm) -> Usual:
    platform: Platform | None = form.cleaned_data["platform"]
    return Usual(form.cleaned_data["day"], platform.pk if platform else None, form.cleaned_data["currency"])


def _bad_first(lines: list[SheetLine]) -> list[SheetLine]:
    return sorted(lines, key=lambda line: not line.problems)


def _shown(request: PageRequest, lines: list[SheetLine]) -> list[dict[str, Any]]:
    """The lines with the names of what they point to, or what was written."""
    products = Product.objects.visible_to(request.actor).filter(pk__in={line.product_id for line in lines})
    names: dict[str, dict[int | None, str]] = {
        "product": dict(products.values_list("pk", "name")),
        "platform": dict(Platform.objects.values_list("pk", "name")),
        "account": dict(accounts(request.actor).values_list("pk", "name")),
    }
    return [
        {
            "line": line,
            "problems": line.explained,
            "amount": line.texts.get("amount", ""),
            **{
                what: known.get(getattr(line, f"{what}_id")) or line.texts.get(what, "")
                for what, known in names.items()
            },
        }
        for line in lines
    ]


def _done(changed: int, read: int) -> str:
    text = ngettext("%(read)s figure read, %(changed)s written.", "%(read)s figures read, %(changed)s written.", read)
    return text % {"read": read, "changed": changed}
