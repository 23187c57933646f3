"""A product of which a variant is at or under its threshold."""

from collections import defaultdict
from decimal import Decimal
from typing import Final

from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from commanda.alerts.kinds.base import Area, Facts, Finding, Kind, Terms
from commanda.alerts.sights import Sight
from commanda.alerts.units import Unit
from commanda.kernel.actor import system_actor
from commanda.stock.models import StockLevel
from commanda.stock.selectors import IS_SOLD, levels

# One unit that comes back does not make a product plentiful: a tenth of the threshold more does, one unit at least.
_BEHIND: Final = 10


class LowStock(Kind):
    """Per product, by the threshold that stands with it; products that may be sold without stock never ring."""

    slug = "low_stock"
    label = gettext_lazy("Low stock")
    icon = "package"
    area = Area.STOCK
    sight = Sight.STOCK
    unit = Unit.UNITS
    is_worse_below = True
    explanation = gettext_lazy("A variant of a product on sale is at or under the threshold set with the product.")
    advice = gettext_lazy("Order more, or slow its ads down until it arrives.")

    def find(self, terms: Terms) -> list[Finding]:
        threshold = F("variant__product__low_stock_qty")
        near = IS_SOLD & Q(variant__product__low_stock_qty__gt=0, allows_backorder=False)
        near &= Q(available__lte=threshold + threshold / _BEHIND + 1)
        by_product: dict[int, list[StockLevel]] = defaultdict(list)
        for level in levels(system_actor()).filter(near):
            by_product[level.variant.product_id].append(level)
        return [_finding(product_id, rows) for product_id, rows in by_product.items()]

    def says(self, facts: Facts) -> str:
        words, number = self.words(facts), int(facts.get("variants", "1"))
        if number > 1:
            text = _("%(number)s variants are at or under %(limit)s; the lowest has %(value)s.")
            return text % {**words, "number": number}
        if words["count"] <= 0:
            return _("Nothing is left; the threshold is %(limit)s.") % words
        text = ngettext(
            "%(value)s unit left; the threshold is %(limit)s.",
            "%(value)s units left; the threshold is %(limit)s.",
            words["count"],
        )
        return text % words


def _finding(product_id: int, rows: list[StockLevel]) -> Finding:
    limit = rows[0].variant.product.low_stock_qty
    low = [row for row in rows if row.available <= limit]
    return Finding(
        key=str(product_id),
        value=Decimal(min(row.available for row in rows)),
        limit=Decimal(limit),
        opens=bool(low),
        things={"product": product_id},
        extra={"variants": str(max(len(low), 1))},
    )
