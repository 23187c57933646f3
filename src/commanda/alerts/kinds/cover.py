"""A product that lasts only a few days at the pace at which it leaves."""

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import Area, Cadence, Finding, Kind, Limit, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.insights.goods import SHORT_DAYS, products_to_sell
from commanda.kernel.actor import system_actor

# A day more than the limit before it closes.
_BEHIND: Final = Decimal(1)


class Cover(Kind):
    """Available units by the pace of the last 14 days; what did not move has no pace and never rings."""

    slug = "cover"
    label = gettext_lazy("Runs out soon")
    icon = "hourglass-low"
    area = Area.STOCK
    sight = Sight.STOCK
    unit = Unit.DAYS
    cadence = Cadence.HOURLY
    is_worse_below = True
    limits = (Limit("days", gettext_lazy("Lasts less than"), Unit.DAYS, Decimal(SHORT_DAYS), Decimal(1), Decimal(90)),)
    pauses_ads = True
    explanation = gettext_lazy("What is available lasts fewer days than this, at the pace of the last 14 days.")
    advice = gettext_lazy("Pause its ads if no goods are on their way: orders ship days after the click.")
    sentence = gettext_lazy("%(left)s left, enough for %(value)s; the limit is %(limit)s.")
    numbers = {"left": Unit.UNITS}

    def find(self, terms: Terms) -> list[Finding]:
        limit = terms.limits["days"]
        return [
            Finding(
                key=str(row.product.pk),
                value=row.days,
                limit=limit,
                opens=row.days < limit,
                things={"product": row.product.pk},
                extra={"left": str(row.units.available)},
            )
            for row in products_to_sell(system_actor())
            if row.days is not None and row.days < limit + _BEHIND and not row.product.allows_backorder
        ]
