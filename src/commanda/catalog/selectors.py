from collections.abc import Collection

from django.db.models import Q, QuerySet

from commanda.catalog.models import Product, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.text import fold


def products(actor: Actor, *, search: str = "", only_active: bool = False) -> QuerySet[Product]:
    """Products by name; `search` looks into names, SKUs and aliases."""
    rows = Product.objects.visible_to(actor).select_related("category").order_by("name")
    if only_active:
        rows = rows.filter(is_active=True)
    if search.strip():
        folded = fold(search)
        rows = rows.filter(
            Q(name_folded__contains=folded)
            | Q(variants__sku__icontains=search.strip())
            | Q(variants__aliases__text_folded__contains=folded)
        ).distinct()
    return rows


def sellable_variants(actor: Actor, *, search: str = "") -> QuerySet[Variant]:
    """Active variants with product and level, for order lines."""
    rows = Variant.objects.visible_to(actor).sellable().select_related("product", "level")
    for word in fold(search).split():
        rows = rows.filter(
            Q(product__name_folded__contains=word)
            | Q(sku__icontains=word)
            | Q(color__icontains=word)
            | Q(size__icontains=word)
        )
    return rows.order_by("product__name", "id")


def product_of_sku(actor: Actor, sku: str) -> Product | None:
    """The product that has a variant with this SKU, with category, variants and levels."""
    return (
        Product.objects.visible_to(actor)
        .select_related("category")
        .prefetch_related("variants__level")
        .filter(variants__sku=sku)
        .first()
    )


def ids_of_skus(skus: Collection[str]) -> dict[str, int]:
    """SKU → variant id, for those who name what they order; unknown ones are absent."""
    return dict(Variant.objects.filter(sku__in=skus).values_list("sku", "pk")) if skus else {}
