"""Many rows of the inbox at once: the ticked ones or all that the filters find; and the inbox as a file."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.intake import inbox_selectors, tasks
from commanda.intake.models import Mending, StagedRow
from commanda.intake.services.mend_many import MOST, REFUSALS, begin_mending, mend_chunk
from commanda.intake.services.mend_row import AT_ONCE
from commanda.kernel.errors import CommandaError
from commanda.kernel.export import table_download
from commanda.web.htmx import render_page, toast, trigger, wants_partial
from commanda.web.intake.filters import read_filters
from commanda.web.intake.fixes import bulk_options
from commanda.web.intake.inbox import inbox_url
from commanda.web.intake.inbox_rows import describe
from commanda.web.numbers import numbers_of
from commanda.web.page import PageRequest, page

SHOWN_REFUSALS = 100


@require_POST
@page(Perm.INTAKE_MANAGE)
def bulk(request: PageRequest) -> HttpResponse:
    """Set a value, try again, set aside, take back or tick off; up to 200 rows at once, more by the worker."""
    try:
        mending = begin_mending(
            actor=request.actor,
            action=request.POST.get("action", ""),
            row_ids=_chosen(request),
            options=bulk_options(request.POST),
        )
    except CommandaError as error:
        if wants_partial(request):
            return toast(HttpResponse(status=204), str(error), "danger")
        messages.error(request, str(error))
        return HttpResponseRedirect(inbox_url(request))
    if mending.row_qty > AT_ONCE:
        tasks.mend_rows_of_inbox.defer(mending_id=mending.pk, user_id=request.actor.user_id)
        return HttpResponseRedirect(reverse("intake_mending", args=[mending.pk]))
    mending = mend_chunk(actor=request.actor, mending_id=mending.pk)
    if wants_partial(request):
        response = toast(HttpResponse(status=204), _summary(mending), "warning" if mending.refused_qty else "success")
        return trigger(response, "inbox-changed", {"rows": mending.row_ids})
    if mending.refused_qty:
        return HttpResponseRedirect(reverse("intake_mending", args=[mending.pk]))
    messages.success(request, _summary(mending))
    return HttpResponseRedirect(inbox_url(request))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Perm.INTAKE_MANAGE)
def mending_page(request: PageRequest, mending_id: int) -> HttpResponse:
    """What came of an act on many rows; follows one that is under way, and lets a stuck one go on."""
    mending = inbox_selectors.get_mending(request.actor, mending_id)
    if request.method == "POST":
        if mending.is_open:
            tasks.mend_rows_of_inbox.defer(mending_id=mending.pk, user_id=request.actor.user_id)
        return HttpResponseRedirect(reverse("intake_mending", args=[mending.pk]))
    refusals = mending.refusals[:SHOWN_REFUSALS]
    rows = inbox_selectors.get_rows(request.actor, [refusal["row"] for refusal in refusals])
    context = {
        "mending": mending,
        "summary": _summary(mending),
        "refusals": [
            (rows.get(refusal["row"]), REFUSALS.get(refusal["code"], refusal["text"])) for refusal in refusals
        ],
    }
    return render_page(request, "intake/mending.html", context, partial="intake/_mending.html")


@require_safe
@page(Perm.INTAKE_MANAGE)
def download(request: PageRequest) -> HttpResponseBase:
    """The rows under the filters as a file: their own columns, and what is wrong with each."""
    found = inbox_selectors.find_rows(request.actor, read_filters(request))
    rows = found.order_by("source_id", "row_number", "id")
    columns: dict[str, None] = {}
    for row in rows.iterator(chunk_size=500):
        for _number, cells in describe(row).original:
            columns.update(dict.fromkeys(name for name, _text in cells))
    head = [_("Source"), _("Row"), _("What is wrong"), _("What to do"), *columns]
    return table_download(
        kind=request.GET.get("format"), name="inbox", head=head, rows=_download_rows(rows, list(columns))
    )


def _download_rows(rows: QuerySet[StagedRow], columns: list[str]) -> Iterator[list[Any]]:
    for row in rows.iterator(chunk_size=500):
        card = describe(row)
        wrong = row.ignored_reason or " ".join(told.message for told in card.problems)
        to_do = " ".join(dict.fromkeys(told.what_to_do for told in card.problems))
        for number, cells in card.original:
            texts = dict(cells)
            yield [row.source.name, number, wrong, to_do, *(texts.get(name, "") for name in columns)]


def _chosen(request: PageRequest) -> list[int]:
    """The ticked rows, or with "every" all that the filters of the address find."""
    if request.POST.get("every"):
        rows = inbox_selectors.find_rows(request.actor, read_filters(request)).order_by("pk")
        return list(rows.values_list("pk", flat=True)[: MOST + 1])
    return numbers_of(request.POST.getlist("ids"))


def _summary(mending: Mending) -> str:
    """What came of the rows, in one line."""
    told = [
        (mending.imported_qty, ngettext("%(qty)s order imported.", "%(qty)s orders imported.", mending.imported_qty)),
        (mending.changed_qty, ngettext("%(qty)s row done.", "%(qty)s rows done.", mending.changed_qty)),
        (mending.waiting_qty, ngettext("%(qty)s row still waits.", "%(qty)s rows still wait.", mending.waiting_qty)),
        (
            mending.refused_qty,
            ngettext("%(qty)s row was left as it is.", "%(qty)s rows were left as they are.", mending.refused_qty),
        ),
    ]
    return " ".join(text % {"qty": qty} for qty, text in told if qty) or _("Nothing was changed.")
