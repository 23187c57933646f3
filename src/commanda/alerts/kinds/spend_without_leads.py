"""Money that goes into ads and brings nobody."""

from decimal import Decimal

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import MARGIN, Area, Cadence, Finding, Kind, Limit, Terms
from commanda.alerts.kinds.lead_cost import leads_of
from commanda.alerts.kinds.spending import span, spent_in
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit


class SpendWithoutLeads(Kind):
    """By buyer, product and platform: enough was spent, and the platform brought no order of the product."""

    slug = "spend_without_leads"
    label = gettext_lazy("Spend without leads")
    icon = "coin-off"
    area = Area.ADS
    sight = Sight.SPEND
    unit = Unit.MAD
    cadence = Cadence.HOURLY
    default_days = 3
    limits = (Limit("spend", gettext_lazy("Spent at least"), Unit.MAD, Decimal(100), Decimal(1), Decimal(1_000_000)),)
    pauses_ads = True
    explanation = gettext_lazy("So much was spent on a product on a platform, and not one order came from there.")
    advice = gettext_lazy("Check that the ad's link works and that orders carry its platform; otherwise pause it.")
    sentence = gettext_lazy("%(value)s spent in %(days)s days without one lead; the limit is %(limit)s.")
    numbers = {"days": Unit.COUNT}

    def find(self, terms: Terms) -> list[Finding]:
        limit, period = terms.limits["spend"], span(terms.days)
        spent = [row for row in spent_in(period) if row.product_id and row.amount >= limit * (1 - MARGIN)]
        if not spent:
            return []
        leads = leads_of(period)
        return [row.finding(limit, terms.days) for row in spent if not leads.get((row.product_id or 0, row.platform))]
