"""Levels follow the catalogue: every stocked variant has one."""

from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.stock.models import StockLevel
from commanda.stock.services.backorder import set_backorder


def open_levels(actor: Actor, product: Product) -> None:
    """Give each variant of a stocked product its level."""
    if not product.is_bundle:
        StockLevel.objects.bulk_create(
            [
                StockLevel(variant_id=pk, allows_backorder=product.allows_backorder)
                for pk in product.variants.values_list("pk", flat=True)
            ],
            ignore_conflicts=True,
        )


def follow_backorder(actor: Actor, product: Product) -> None:
    """Copy the product's choice to its levels."""
    set_backorder(
        actor=actor,
        variant_ids=list(product.variants.values_list("pk", flat=True)),
        allows_backorder=product.allows_backorder,
    )
