from decimal import Decimal
from itertools import count

from commanda.catalog.models import Variant
from commanda.catalog.services.products import VariantData, create_product
from commanda.kernel.actor import system_actor
from commanda.stock.services.documents import StockLine, receive_stock

_numbers = count(1)


def make_variant(
    *,
    name: str = "",
    sku: str = "",
    price: str = "199.00",
    stock: int = 0,
    color: str = "",
    size: str = "",
    **fields: object,
) -> Variant:
    """A variant of a new product, with so many units received."""
    number = next(_numbers)
    product = create_product(
        actor=system_actor("test"),
        fields={"name": name or f"Produit {number}", **fields},
        variants=[VariantData(sku=sku or f"SKU-{number}", price_amount=Decimal(price), color=color, size=size)],
    )
    variant = product.variants.get()
    if stock:
        receive_stock(actor=system_actor("test"), lines=[StockLine(variant.pk, stock)], supplier="Atelier Test")
    return variant


def make_bundle(parts: dict[Variant, int], *, price: str = "349.00") -> Variant:
    """A bundle of other variants."""
    number = next(_numbers)
    product = create_product(
        actor=system_actor("test"),
        fields={"name": f"Pack {number}"},
        variants=[VariantData(sku=f"PACK-{number}", price_amount=Decimal(price))],
        components=[(variant.pk, quantity) for variant, quantity in parts.items()],
    )
    return product.variants.get()
