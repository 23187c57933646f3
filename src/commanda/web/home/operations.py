"""The running of the shop: what waits, who works, what runs out."""

from typing import Any, Final

from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.alerts.selectors import open_alerts, resting_since
from commanda.confirmation.selectors import queue_counts
from commanda.insights.boards import agent_results, states_of_period
from commanda.insights.kpis import KPIS
from commanda.orders.filters import NOBODY
from commanda.orders.workflow import current_graph
from commanda.web.alerts.rows import alert_rows
from commanda.web.charts import ranking
from commanda.web.figures import created_in
from commanda.web.home.blocks import Block, Desk, Width

TEAM_COLUMNS: Final = (
    "leads",
    "contacted",
    "confirmed",
    "confirmation_rate",
    "delivery_rate",
    "calls",
    "response_rate",
    "commission",
)
TEAM_BRIEF: Final = frozenset(
    {"confirmed", "confirmation_rate", "delivery_rate", "calls"}
)  # what a phone shows of them
MOST_ALERTS: Final = 5


def waiting(desk: Desk) -> Block | None:
    """What a supervisor must see to now."""
    if not desk.actor.can(Perm.ORDERS_ASSIGN):
        return None
    counts = queue_counts(desk.actor, shares=desk.queue)
    tiles: list[dict[str, Any]] = [
        {
            "label": _("Not assigned"),
            "value": counts.unassigned,
            "icon": "user-question",
            "url": desk.orders_url(agent=NOBODY, stage="new"),
            "hint": _("Give them to somebody."),
            "is_bad": counts.unassigned > 0,
        },
        {
            "label": _("Waiting too long"),
            "value": counts.late,
            "icon": "hourglass-high",
            "url": desk.orders_url(stage="confirming"),
            "hint": _("Due for more than a day."),
            "is_bad": counts.late > 0,
        },
        {
            "label": _("Callbacks due"),
            "value": counts.callbacks,
            "icon": "phone-call",
            "url": desk.orders_url(state="postponed"),
            "hint": _("Promised, and the time has come."),
            "is_bad": counts.callbacks > 0,
        },
        {
            "label": _("To call now"),
            "value": counts.due,
            "icon": "headset",
            "url": desk.orders_url(stage="confirming"),
            "hint": _("New ones, callbacks and retries."),
            "is_bad": False,
        },
    ]
    return Block("home/_waiting.html", Width.FULL, {"tiles": tiles})


def team(desk: Desk) -> Block | None:
    """Every agent: live, and over the period."""
    if not desk.actor.can(Perm.INSIGHTS_TEAM):
        return None
    # Everybody's commission is for finance; the KPI of that name would be the onlooker's own otherwise.
    hidden = set() if desk.actor.can(Perm.FINANCE_VIEW) else {"commission"}
    columns = [KPIS[slug] for slug in TEAM_COLUMNS if slug in desk.kpis - hidden]
    slugs = [kpi.slug for kpi in columns]
    results = agent_results(desk.actor, desk.period, slugs, basis=desk.basis, shares=desk.queue)
    rows = [
        (result, desk.orders_url(agent=result.agent.pk, **created_in(desk.period)))
        for result in results
        if result.agent is not None
    ]
    return Block(
        "home/_team.html", Width.FULL, {"rows": rows, "columns": columns, "brief": TEAM_BRIEF, "links": desk.links}
    )


def states(desk: Desk) -> Block | None:
    """Where the period's orders stand now."""
    if not desk.actor.can(Perm.ORDERS_VIEW):
        return None
    counts = states_of_period(desk.actor, desk.period)
    nodes = sorted(current_graph().states.values(), key=lambda node: node.position)
    rows = [
        (node.label, counts[node.slug], desk.orders_url(state=node.slug, **created_in(desk.period)))
        for node in nodes
        if counts.get(node.slug)
    ]
    chart = ranking(_("Orders by state"), rows)
    size = "lg" if len(rows) > 7 else "md"
    return Block("home/_chart.html", Width.SIDE, {"chart": chart, "icon": "list-details", "size": size})


def alerts(desk: Desk) -> Block | None:
    """What the person is told of now: the open alerts, the newest first."""
    actor = desk.actor
    rows = open_alerts(actor, MOST_ALERTS + 1)
    leads = actor.can(Perm.INSIGHTS_TEAM) or actor.can(Perm.STOCK_EDIT) or actor.can(Perm.SETTINGS_MANAGE)
    if not rows and not leads:
        return None
    data = {
        "rows": alert_rows(actor, rows[:MOST_ALERTS]),
        "has_more": len(rows) > MOST_ALERTS,
        "resting_since": resting_since() if actor.can(Perm.SETTINGS_MANAGE) else None,
    }
    width = Width.SIDE if actor.can(Perm.FINANCE_VIEW) else Width.MAIN
    return Block("home/_alerts.html", width, data)
