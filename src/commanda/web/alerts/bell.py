"""The bell over every page, and the panel behind it."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commanda.accounts.permissions import Perm
from commanda.alerts.selectors import unseen_alerts
from commanda.orders.mentions import mentions_of
from commanda.web.alerts.rows import alert_rows
from commanda.web.htmx import render_page
from commanda.web.page import PageRequest, page

MOST_SHOWN: Final = 20


@page()
@require_safe
def bell(request: PageRequest) -> HttpResponse:
    """The bell with its number, as it is fetched again when something changed."""
    return render(request, "alerts/_bell.html")


@page()
@require_safe
def panel(request: PageRequest) -> HttpResponse:
    """What the bell counts: unread alerts and unread mentions, the newest first."""
    actor = request.actor
    has_mentions = actor.can(Perm.ORDERS_VIEW)
    mentions = list(mentions_of(actor).filter(read_at=None)[: MOST_SHOWN + 1]) if has_mentions else []
    alerts = unseen_alerts(actor, MOST_SHOWN + 1)
    context = {
        "rows": alert_rows(actor, alerts[:MOST_SHOWN]),
        "mentions": mentions[:MOST_SHOWN],
        "has_more": len(alerts) > MOST_SHOWN or len(mentions) > MOST_SHOWN,
        "has_mentions": has_mentions,
        "back": request.get_full_path(),
    }
    return render_page(request, "alerts/panel.html", context, partial="alerts/_panel.html")
