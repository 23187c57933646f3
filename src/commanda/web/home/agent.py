"""An agent's own day and own money."""

from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from commanda.accounts.permissions import Perm
from commanda.confirmation.selectors import queue_counts
from commanda.finance.commission_selectors import commission_entries
from commanda.insights.compute import course, figures
from commanda.insights.periods import last_days, this_month
from commanda.insights.statements import Basis
from commanda.reports.writing import day_label
from commanda.web.addresses import address
from commanda.web.charts import Colour, Series, Unit, bar
from commanda.web.home.blocks import Block, Desk, Width

MOST_ENTRIES: Final = 6


def _works_the_queue(desk: Desk) -> bool:
    """Calling is their job; those who see all orders supervise it."""
    return desk.actor.can(Perm.CALLS_LOG) and not desk.actor.can(Perm.ORDERS_VIEW_ALL)


def my_day(desk: Desk) -> Block | None:
    """What is to be called now, and how today went."""
    if not _works_the_queue(desk):
        return None
    today = figures(desk.actor, last_days(1), kpis=("calls", "confirmed", "response_rate"), basis=Basis.EVENT)
    data = {"counts": queue_counts(desk.actor), "today": today, "calls_url": address("calls")}
    return Block("home/_my_day.html", Width.FULL, data)


def _earns(desk: Desk) -> bool:
    return desk.actor.can(Perm.COMMISSION_VIEW_OWN) and not desk.actor.can(Perm.FINANCE_VIEW)


def my_commission(desk: Desk) -> Block | None:
    """This month's commission by day, by the date it was earned or taken back."""
    if not _earns(desk):
        return None
    found = course(desk.actor, this_month(), ("commission",), basis=Basis.EVENT)
    days: dict[date, Decimal | None] = {day: row["commission"] for day, row in found.days.items()}
    chart = bar(
        _("Commission by day"),
        [day_label(day) for day in days],
        [Series(_("Commission"), list(days.values()), Colour.GOOD)],
        unit=Unit.MAD,
    )
    data = {"chart": chart, "total": found.now["commission"]}
    return Block("home/_my_commission.html", Width.MAIN, data)


def my_entries(desk: Desk) -> Block | None:
    """The latest commissions, with their orders."""
    if not _earns(desk):
        return None
    month = this_month()
    entries = commission_entries(desk.actor, first=month.first, last=month.last)
    rows = list(entries[: MOST_ENTRIES + 1])
    data = {"entries": rows[:MOST_ENTRIES], "has_more": len(rows) > MOST_ENTRIES}
    return Block("home/_my_entries.html", Width.SIDE, data)
