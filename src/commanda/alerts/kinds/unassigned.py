"""Orders that nobody was given."""

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy, ngettext_lazy

from commanda.alerts.kinds.base import MARGIN, Area, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.confirmation.selectors import visible_entries
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now


class Unassigned(Kind):
    """All of them together."""

    slug = "unassigned"
    label = gettext_lazy("Orders that nobody has")
    icon = "user-question"
    area = Area.ORDERS
    sight = Sight.QUEUE
    unit = Unit.COUNT
    limits = (
        Limit("hours", gettext_lazy("Without an agent for"), Unit.HOURS, Decimal(3), Decimal(1), Decimal(720)),
        Limit("orders", gettext_lazy("At least so many"), Unit.ORDERS, Decimal(1), Decimal(1), Decimal(100_000)),
    )
    explanation = gettext_lazy("Orders that wait to be called and have no agent.")
    advice = gettext_lazy("Give them to somebody on the team board, or look at the assignment rules.")
    sentence = ngettext_lazy(
        "%(value)s order has had no agent for %(hours)s.",
        "%(value)s orders have had no agent for %(hours)s.",
        "count",
    )
    numbers = {"hours": Unit.HOURS}

    def find(self, terms: Terms) -> list[Finding]:
        before = now() - timedelta(hours=int(terms.limits["hours"]))
        entries = visible_entries(system_actor()).filter(assignee=None, ordered_at__lt=before)
        number, limit = Decimal(entries.count()), terms.limits["orders"]
        if number < limit * (1 - MARGIN):
            return []
        extra = {"hours": f"{terms.limits['hours']:f}"}
        return [Finding(key="all", value=number, limit=limit, opens=number >= limit, extra=extra)]
