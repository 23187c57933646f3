"""Rejected rows that nobody mends."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext_lazy, ngettext_lazy

from commanda.alerts.kinds.base import MARGIN, Area, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.intake.models import StagedRow
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now


class InboxWaiting(Kind):
    """By source."""

    slug = "inbox_waiting"
    label = gettext_lazy("Rows wait in the inbox")
    icon = "inbox"
    area = Area.INTAKE
    sight = Sight.INTAKE
    unit = Unit.COUNT
    limits = (
        Limit("hours", gettext_lazy("Waiting for"), Unit.HOURS, Decimal(12), Decimal(1), Decimal(720)),
        Limit("rows", gettext_lazy("At least so many"), Unit.ROWS, Decimal(1), Decimal(1), Decimal(100_000)),
    )
    explanation = gettext_lazy("Rows of a source could not become orders and still wait to be mended.")
    advice = gettext_lazy("Open the inbox: each row says what is wrong. Each one may be an order that nobody calls.")
    sentence = ngettext_lazy(
        "%(value)s row has waited for more than %(hours)s.",
        "%(value)s rows have waited for more than %(hours)s.",
        "count",
    )
    numbers = {"hours": Unit.HOURS}

    def find(self, terms: Terms) -> list[Finding]:
        before, limit = now() - timedelta(hours=int(terms.limits["hours"])), terms.limits["rows"]
        rows = (
            StagedRow.objects.visible_to(system_actor())
            .filter(status=StagedRow.Status.REJECTED, created_at__lt=before)
            .order_by()
            .values_list("source_id")
            .annotate(number=Count("pk"))
        )
        return [
            Finding(
                key=str(source_id),
                value=Decimal(number),
                limit=limit,
                opens=number >= limit,
                things={"source": source_id},
                extra={"hours": f"{terms.limits['hours']:f}"},
            )
            for source_id, number in rows
            if number >= limit * (1 - MARGIN)
        ]
