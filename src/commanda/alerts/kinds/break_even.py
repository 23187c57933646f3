"""Leads that cost more than they earn: for those who see the profit."""

from collections import defaultdict
from decimal import Decimal

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import FEWER, MARGIN, Area, Cadence, Finding, Kind, Terms
from commanda.alerts.kinds.lead_cost import LEADS, leads_of
from commanda.alerts.kinds.spending import span, spent_in
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.insights.compute import grouped
from commanda.insights.kpis import per
from commanda.insights.measures import Dimension
from commanda.kernel.actor import system_actor


class BreakEven(Kind):
    """By product and platform. The break-even itself is a matter of cost: it is compared here and kept nowhere."""

    slug = "break_even"
    label = gettext_lazy("Leads cost more than they earn")
    icon = "trending-down"
    area = Area.ADS
    sight = Sight.MARGIN
    unit = Unit.MAD
    cadence = Cadence.HOURLY
    default_days = 14
    limits = (LEADS,)
    pauses_ads = True
    explanation = gettext_lazy(
        "A lead costs more than its break-even: the margin of a delivered order × confirmation × delivery rate."
    )
    advice = gettext_lazy("Pause these ads or lower their budget; the product's account shows where the money goes.")
    sentence = gettext_lazy("A lead cost %(value)s in %(days)s days (%(leads)s leads), more than its break-even.")
    numbers = {"days": Unit.COUNT, "leads": Unit.COUNT}

    def find(self, terms: Terms) -> list[Finding]:
        period, fewest = span(terms.days), terms.limits["leads"]
        spent: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
        for row in spent_in(period):
            if row.product_id is not None:
                spent[row.product_id, row.platform] += row.amount
        if not spent:
            return []
        leads = leads_of(period)
        earns = grouped(system_actor(), period, (Dimension.PRODUCT,), kpis=("break_even_cpl",))
        found = []
        for (product_id, platform), amount in spent.items():
            number = leads.get((product_id, platform), Decimal(0))
            cost = per(amount, number)
            even = earns[(product_id,)]["break_even_cpl"] if (product_id,) in earns else None
            if cost is None or even is None or number * FEWER < fewest or cost <= even * (1 - MARGIN):
                continue
            found.append(
                Finding(
                    key=f"{product_id}:{platform}",
                    value=cost,
                    opens=number >= fewest and cost > even,
                    things={"product": product_id, "platform": platform},
                    extra={"leads": f"{number:f}", "days": str(terms.days)},
                )
            )
        return found
