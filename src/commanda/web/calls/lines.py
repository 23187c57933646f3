"""The lines of the order being worked: their fields, what is in stock of them, what may be offered beside."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import BoundField

from commanda.catalog.models import Offer
from commanda.catalog.selectors import active_offers
from commanda.kernel.actor import Actor
from commanda.orders.models import OrderLine


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line on the page with its fields."""

    line: OrderLine
    quantity: BoundField
    variant: BoundField
    price: BoundField

    @property
    def available(self) -> int | None:
        return available(self.line)

    @property
    def has_variants(self) -> bool:
        return len(self.variant.field.choices) > 1  # type: ignore[attr-defined]

    @property
    def may_wait(self) -> bool:
        """Sold without stock: a shortage does not stop the confirmation."""
        return self.line.variant.product.allows_backorder


def available(line: OrderLine) -> int | None:
    """Units of the line's product that can still be promised; of a bundle, as many as its parts allow."""
    parts = [(part.variant, part.quantity) for part in line.components.all()] or [(line.variant, 1)]
    levels = [(getattr(variant, "level", None), per_unit) for variant, per_unit in parts]
    known = [level.available // per_unit for level, per_unit in levels if level is not None]
    return min(known) if known else None


def open_offers(actor: Actor, lines: Sequence[OrderLine]) -> list[Offer]:
    """The offers that would still change the order."""
    products: dict[int, int] = {}
    for line in lines:
        products[line.variant.product_id] = products.get(line.variant.product_id, 0) + line.quantity
    ordered = {line.variant_id for line in lines}
    return [
        offer
        for offer in active_offers(actor, products)
        if (offer.variant_id not in ordered if offer.variant_id else products[offer.product_id] < offer.quantity)
    ]
