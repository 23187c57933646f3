"""The list of alerts, and what was seen of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from commanda.accounts.permissions import Perm
from commanda.alerts.kinds import KINDS
from commanda.alerts.selectors import (
    CLOSED,
    MUTED,
    OPEN,
    STATES,
    AlertFilters,
    find_alerts,
    get_alert,
    resting_since,
    state_counts,
)
from commanda.alerts.services.read import read_alerts
from commanda.kernel.errors import NotFound
from commanda.web.alerts.links import way_from
from commanda.web.alerts.rows import alert_rows
from commanda.web.htmx import redirect, render_page
from commanda.web.numbers import number_or_none
from commanda.web.page import PageRequest, page
from commanda.web.pagination import keyset_page


@page()
@require_safe
def alert_list(request: PageRequest) -> HttpResponse:
    """Own alerts by state and kind, the newest first; who sets the rules may look at everybody's."""
    actor = request.actor
    may_see_all = actor.can(Perm.SETTINGS_MANAGE)
    asked = request.GET.get("state", "")
    filters = AlertFilters(
        state=asked if asked in STATES else OPEN,
        kind=request.GET.get("kind", ""),
        everybody=may_see_all and request.GET.get("whose") == "all",
    )
    rows = keyset_page(find_alerts(actor, filters), order=("-id",), cursor=request.GET.get("after"))
    context = {
        "page": rows,
        "rows": alert_rows(actor, rows.rows),
        "filters": filters,
        "kinds": [kind for kind in KINDS.values() if kind.sight.sees_own(actor)],
        "tabs": _tabs(request, filters),
        "may_see_all": may_see_all,
        "has_unseen": any(getattr(alert, "is_unseen", False) for alert in rows.rows),
        "resting_since": resting_since() if may_see_all else None,
    }
    return render_page(request, "alerts/list.html", context, partial="alerts/_list.html")


def _tabs(request: PageRequest, filters: AlertFilters) -> list[dict[str, Any]]:
    counts = state_counts(request.actor, filters)
    labels = {OPEN: _("Open"), MUTED: _("Muted"), CLOSED: _("Closed")}
    tabs = []
    for state in STATES:
        query = request.GET.copy()
        query["state"] = state
        query.pop("after", None)
        tabs.append(
            {
                "url": f"?{query.urlencode()}",
                "label": labels[state],
                "count": counts[state],
                "is_active": state == filters.state,
            }
        )
    return tabs


@page()
@require_POST
def alerts_read(request: PageRequest) -> HttpResponse:
    """Mark one (`id`) or all as seen, or one as not seen (`unseen`); with `open` its place follows."""
    actor, typed = request.actor, request.POST.get("id", "")
    if not typed:
        number = read_alerts(actor=actor)
        text = ngettext("%(number)s alert marked as seen.", "%(number)s alerts marked as seen.", number)
        messages.success(request, text % {"number": number})
        return redirect(request, reverse("alerts"))
    alert_id = number_or_none(typed) or 0
    read_alerts(actor=actor, alert_ids=[alert_id], is_seen=not request.POST.get("unseen"))
    if request.POST.get("open"):
        try:
            way = way_from(actor, get_alert(actor, alert_id))
        except NotFound:
            way = None
        if way is not None:
            return redirect(request, way.url)
    return redirect(request, reverse("alerts"))
