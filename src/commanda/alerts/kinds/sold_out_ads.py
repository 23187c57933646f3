"""A product that is sold out while somebody still pays for its ads."""

from decimal import Decimal

from django.utils.translation import gettext_lazy

from commanda.alerts.kinds.base import Area, Finding, Kind, Terms
from commanda.alerts.kinds.spending import span, spent_in
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.insights.goods import products_to_sell
from commanda.kernel.actor import system_actor


class SoldOutAds(Kind):
    """One alert for each buyer: what one spends is not told to another."""

    slug = "sold_out_ads"
    label = gettext_lazy("Sold out while ads run")
    icon = "player-pause"
    area = Area.ADS
    sight = Sight.STOCK_ADS
    unit = Unit.MAD
    default_days = 2
    pauses_ads = True
    is_told_once = True  # it cannot be more sold out
    explanation = gettext_lazy(
        "Nothing of a product is left to promise, and it was advertised on one of the last days."
    )
    advice = gettext_lazy("Pause these ads now: every order they bring has to wait or be cancelled.")
    sentence = gettext_lazy("Nothing is left, and %(value)s went into its ads in %(days)s days.")
    numbers = {"days": Unit.COUNT}

    def find(self, terms: Terms) -> list[Finding]:
        spent = [row for row in spent_in(span(terms.days)) if row.product_id is not None]
        if not spent:
            return []
        out = {row.product.pk for row in products_to_sell(system_actor()) if row.is_out}
        return [row.finding(Decimal(0), terms.days) for row in spent if row.product_id in out]
