"""What there is left to sell, product by product: for those who run ads."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from commanda.catalog.models import Product
from commanda.catalog.selectors import products
from commanda.kernel.actor import Actor
from commanda.stock.selectors import Selling, Units, cover_of, product_units, selling

# Ads bring orders that are shipped days later: with less than this left, they sell what will not be there.
SHORT_DAYS: Final = 5


@dataclass(frozen=True, slots=True)
class ProductStock:
    """A product on sale with its units, how many left in the last 14 days and how long the rest lasts.

    `days` is None when nothing left, and for bundles, whose parts also sell alone. `sold_out` counts variants.
    """

    product: Product
    units: Units
    left_qty: int
    days: Decimal | None
    sold_out: int

    @property
    def is_out(self) -> bool:
        return self.units.available <= 0 and not self.product.allows_backorder

    @property
    def is_low(self) -> bool:
        """At or under the product's threshold, or too few days left: ads should pause."""
        if self.product.allows_backorder:
            return False
        threshold = self.product.low_stock_qty
        is_under = bool(threshold) and self.units.available <= threshold
        return self.is_out or is_under or (self.days is not None and self.days < SHORT_DAYS)


def products_to_sell(actor: Actor) -> list[ProductStock]:
    """Active products, those that run out first; a constant number of statements."""
    sold = {product.pk: product for product in products(actor, only_active=True)}
    units, leaving = product_units(actor, list(sold)), selling(actor, list(sold))
    found = []
    for pk, product in sold.items():
        of_product, pace = units.get(pk, Units()), leaving.get(pk, Selling())
        days = cover_of(of_product.available, pace.left_qty).days
        found.append(ProductStock(product, of_product, pace.left_qty, days, pace.sold_out))
    return sorted(found, key=lambda row: (not row.is_low, row.days is None, row.days or 0, row.product.name))
