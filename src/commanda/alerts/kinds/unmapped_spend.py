"""Ad spend of which nobody has said what product it is for."""

from decimal import Decimal

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import MARGIN, Area, Finding, Kind, Limit, Terms
from commanda.alerts.kinds.spending import span, spent_in
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit


class UnmappedSpend(Kind):
    """By buyer and platform."""

    slug = "unmapped_spend"
    label = gettext_lazy("Spend without a product")
    icon = "link-off"
    area = Area.ADS
    sight = Sight.SPEND
    unit = Unit.MAD
    default_days = 30
    limits = (Limit("spend", gettext_lazy("Spent at least"), Unit.MAD, Decimal(50), Decimal(1), Decimal(1_000_000)),)
    explanation = gettext_lazy("Campaigns spend money without a product: no figure of a product counts it.")
    advice = gettext_lazy("Say which product each campaign is for; its figures follow at once.")
    sentence = gettext_lazy("%(value)s of %(days)s days belong to no product; the limit is %(limit)s.")
    numbers = {"days": Unit.COUNT}

    def find(self, terms: Terms) -> list[Finding]:
        limit = terms.limits["spend"]
        return [
            row.finding(limit, terms.days)
            for row in spent_in(span(terms.days))
            if row.product_id is None and row.amount >= limit * (1 - MARGIN)
        ]
