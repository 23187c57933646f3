"""Orders whose call is long overdue, agent by agent."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext_lazy, ngettext_lazy

from commanda.alerts.kinds.base import MARGIN, Area, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.confirmation.selectors import visible_entries
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now


class LateOrders(Kind):
    """By the agent who has them; each agent may be told of his own."""

    slug = "late_orders"
    label = gettext_lazy("Calls long overdue")
    icon = "hourglass-high"
    area = Area.ORDERS
    sight = Sight.QUEUE
    unit = Unit.COUNT
    limits = (
        Limit("hours", gettext_lazy("Overdue for"), Unit.HOURS, Decimal(24), Decimal(1), Decimal(720)),
        Limit("orders", gettext_lazy("At least so many"), Unit.ORDERS, Decimal(5), Decimal(1), Decimal(100_000)),
    )
    explanation = gettext_lazy("An agent has orders whose next call should have been made long ago.")
    advice = gettext_lazy("Call them first, or give them to somebody who is there.")
    sentence = ngettext_lazy(
        "%(value)s call is overdue for more than %(hours)s; the limit is %(limit)s.",
        "%(value)s calls are overdue for more than %(hours)s; the limit is %(limit)s.",
        "count",
    )
    numbers = {"hours": Unit.HOURS}

    def find(self, terms: Terms) -> list[Finding]:
        before, limit = now() - timedelta(hours=int(terms.limits["hours"])), terms.limits["orders"]
        rows = (
            visible_entries(system_actor())
            .filter(due_at__lt=before, assignee__isnull=False)
            .order_by()
            .values_list("assignee_id")
            .annotate(number=Count("pk"))
        )
        return [
            Finding(
                key=str(agent_id),
                value=Decimal(number),
                limit=limit,
                opens=number >= limit,
                things={"agent": agent_id},
                owner_ids=(agent_id,),
                extra={"hours": f"{terms.limits['hours']:f}"},
            )
            for agent_id, number in rows
            if number >= limit * (1 - MARGIN)
        ]
