"""Leads, or delivered orders, that cost more than the target set for their product: what buyers are told of."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.ads.models import SpendTarget
from commanda.ads.selectors import targets_on
from commanda.alerts.kinds.base import FEWER, MARGIN, Area, Cadence, Facts, Finding, Kind, Limit, Terms
from commanda.alerts.kinds.lead_cost import LEADS
from commanda.alerts.kinds.spending import Spent, span, spent_in
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.insights.compute import Figures, grouped
from commanda.insights.kpis import per
from commanda.insights.measures import Dimension
from commanda.insights.statements import Basis
from commanda.kernel.actor import system_actor

_PER_LEAD, _PER_DELIVERED = SpendTarget.Kind.LEAD.value, SpendTarget.Kind.DELIVERED.value


class LeadTarget(Kind):
    """By buyer, product and platform. A target is no cost: administrators set it for buyers to see."""

    slug = "lead_target"
    label = gettext_lazy("Ads cost more than their target")
    icon = "target-arrow"
    area = Area.ADS
    sight = Sight.SPEND
    unit = Unit.MAD
    cadence = Cadence.HOURLY
    default_days = 14
    limits = (
        LEADS,
        Limit(
            "delivered",
            gettext_lazy("At least so many delivered orders"),
            Unit.COUNT,
            Decimal(5),
            Decimal(1),
            Decimal(10_000),
        ),
    )
    pauses_ads = True
    numbers = {"number": Unit.COUNT, "days": Unit.COUNT}
    explanation = gettext_lazy("A lead or a delivered order of a product costs more than the target set for it.")
    advice = gettext_lazy("Pause these ads, or change whom they reach, until a lead costs less than the target.")

    def find(self, terms: Terms) -> list[Finding]:
        period, actor = span(terms.days), system_actor()
        targets = targets_on(actor)
        spent = [row for row in spent_in(period) if row.product_id in targets]
        if not spent:
            return []
        by = (Dimension.PRODUCT, Dimension.PLATFORM)
        came = grouped(actor, period, by, kpis=("leads", "delivered"), basis=Basis.EVENT)
        found: list[Finding] = []
        for row in spent:
            figures = came.get((row.product_id, row.platform), Figures.of_nothing({}))
            target = targets[row.product_id or 0]
            for kind, slug, wanted in (
                (_PER_LEAD, "leads", target.lead),
                (_PER_DELIVERED, "delivered", target.delivered),
            ):
                if wanted is not None and wanted.amount is not None:
                    number = figures.get(slug) or Decimal(0)
                    found.extend(_finding(row, kind, number, wanted.amount, terms.limits[slug], terms.days))
        return found

    def says(self, facts: Facts) -> str:
        if facts.get("per") == _PER_DELIVERED:
            text = _("A delivered order cost %(value)s in %(days)s days (%(number)s of them); the target is %(limit)s.")
        else:
            text = _("A lead cost %(value)s in %(days)s days (%(number)s of them); the target is %(limit)s.")
        return text % self.words(facts)


def _finding(row: Spent, kind: str, number: Decimal, target: Decimal, fewest: Decimal, days: int) -> Iterator[Finding]:
    cost = per(row.amount, number)
    if cost is None or number * FEWER < fewest or cost <= target * (1 - MARGIN):
        return
    yield Finding(
        key=f"{kind}:{row.key}",
        value=cost,
        limit=target,
        opens=number >= fewest and cost > target,
        things=row.things,
        owner_ids=(row.buyer_id,),
        extra={"per": kind, "number": f"{number:f}", "days": str(days)},
    )
