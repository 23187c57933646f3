"""Paste or scan the numbers of a carrier's report: delivered or returned."""

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from commanda.shipping.services.deliveries import LineResult, Outcome, Verdict, record_deliveries
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, form_errors, page
from commanda.web.shipping.forms import RecordForm
from commanda.web.shipping.parts import DESK, desk_context

# verdict: word, colour, icon, what to say
VERDICTS: dict[Verdict, tuple[Any, str, str, Any]] = {
    Verdict.DONE: (_("Recorded"), "green", "check", ""),
    Verdict.ALREADY: (_("Known already"), "blue", "history", _("This was recorded before; nothing changed.")),
    Verdict.REPEATED: (_("Twice in the list"), "secondary", "copy", _("Counted once.")),
    Verdict.REFUSED: (_("Refused"), "orange", "alert-triangle", ""),
    Verdict.UNKNOWN: (_("Not found"), "red", "help-circle", _("No parcel and no order has this number.")),
}


@page(*DESK)
def record(request: PageRequest) -> HttpResponse:
    """The form, and below it the result of what was pasted last."""
    asked = request.GET.get("outcome", "")
    form = RecordForm(request.POST or None, initial={"outcome": asked if asked in set(Outcome) else Outcome.DELIVERED})
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        is_return = data["outcome"] == Outcome.RETURNED
        with form_errors(form):
            lines = record_deliveries(
                actor=request.actor,
                numbers=data["numbers"],
                outcome=data["outcome"],
                reason=data["reason"] if is_return else "",
                reason_text=data["reason_text"],
            )
            context = _result(lines, data["outcome"])
            form = RecordForm(initial={"outcome": data["outcome"], "reason": data["reason"]})
    context |= {**desk_context(request, "shipping_record"), "form": form}
    return render_page(request, "shipping/record.html", context, status=422 if form.errors else 200)


def _result(lines: list[LineResult], outcome: str) -> dict[str, Any]:
    counts = Counter(line.verdict for line in lines)
    return {
        "lines": [(line, *VERDICTS[line.verdict]) for line in lines],
        "summary": [(VERDICTS[verdict], counts[verdict]) for verdict in Verdict if counts[verdict]],
        "outcome": outcome,
        "unknown": "\n".join(line.number for line in lines if line.verdict is Verdict.UNKNOWN),
    }
