"""The inbox's address as filters."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from commanda.intake.inbox_selectors import TABS, InboxFilters
from commanda.intake.problems import PROBLEMS
from commanda.web.numbers import number_or_none

MAX_TEXT = 100
TAB_LABELS = {
    "": _("To do"),
    "waiting": _("To mend"),
    "look": _("To look at"),
    "aside": _("Set aside"),
    "gone": _("No longer in the sheet"),
}


def read_filters(request: HttpRequest) -> InboxFilters:
    """What cannot be read is left out rather than refused. Forms carry the filters in their address."""
    data = request.GET
    status, problem = data.get("status", ""), data.get("problem", "")
    problem = problem if problem in PROBLEMS else ""
    return InboxFilters(
        status=status if status in TABS else "",
        source_id=number_or_none(data.get("source", "")),
        run_id=number_or_none(data.get("run", "")),
        problem=problem,
        value=data.get("value", "")[:MAX_TEXT] if problem else "",
        q=data.get("q", "").replace("\0", "")[:MAX_TEXT],
    )


def filter_query(filters: InboxFilters, **changed: Any) -> str:
    """The filters as a query string, without the empty ones."""
    values = {
        "status": filters.status,
        "source": filters.source_id,
        "run": filters.run_id,
        "problem": filters.problem,
        "value": filters.value,
        "q": filters.q,
        **changed,
    }
    return urlencode({name: value for name, value in values.items() if value})


def inbox_tabs(request: HttpRequest, filters: InboxFilters, counts: dict[str, int]) -> list[dict[str, Any]]:
    """The tabs of the inbox under the other filters; a problem belongs to its tab."""
    return [
        {
            "url": f"{reverse('intake_inbox')}?{filter_query(filters, status=name)}",
            "label": TAB_LABELS[name],
            "count": counts[name],
            "is_active": filters.status == name,
        }
        for name in TABS
    ]
