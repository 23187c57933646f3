from collections.abc import Collection

from django.db.models import Q, QuerySet

from commanda.catalog.models import Alias, BundleComponent, Category, Offer, Product, Variant
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.prepared import any_of, prepared, reach_of
from commanda.kernel.text import fold


def products(actor: Actor, *, search: str = "", only_active: bool = False) -> QuerySet[Product]:
    """Products by name; `search` looks into names, SKUs and aliases."""
    rows = Product.objects.visible_to(actor).select_related("category").order_by("name")
    if only_active:
        rows = rows.filter(is_active=True)
    if search.strip():
        matches = Q(variants__sku__icontains=search.strip())
        if folded := fold(search):
            matches |= Q(name_folded__contains=folded) | Q(variants__aliases__text_folded__contains=folded)
        rows = rows.filter(matches).distinct()
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


def offers_of(actor: Actor, product_ids: Collection[int], *, only_active: bool = True) -> QuerySet[Offer]:
    """What may be offered with these products, with the added product and its level."""
    offers = _offers_with(Product.objects.visible_to(actor).filter(pk__in=product_ids))
    return _active(offers) if only_active else offers


def active_offers(actor: Actor, product_ids: Collection[int]) -> list[Offer]:
    """What `offers_of` gives, asked at every call."""
    return _active_offers(reach_of(actor)).all(products=list(product_ids), me=actor.user_id)


@prepared
def _active_offers(reach: Actor) -> QuerySet[Offer]:
    return _active(_offers_with(Product.objects.visible_to(reach).filter(any_of("pk", "products"))))


def _offers_with(products: QuerySet[Product]) -> QuerySet[Offer]:
    return Offer.objects.filter(product__in=products).select_related("variant__product", "variant__level")


def _active(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    return offers.filter(is_active=True).exclude(variant__is_active=False).exclude(variant__product__is_active=False)


def sellable_of(actor: Actor, product_ids: Collection[int]) -> list[Variant]:
    """The active variants of these products, each with its product, the oldest first."""
    return _sellable_of(reach_of(actor)).all(products=list(product_ids), me=actor.user_id)


@prepared
def _sellable_of(reach: Actor) -> QuerySet[Variant]:
    rows = Variant.objects.visible_to(reach).sellable().filter(any_of("product_id", "products"))
    return rows.select_related("product").order_by("id")


def get_offer(actor: Actor, product_id: int, offer_id: int) -> Offer:
    """One offer of a product. Raises `NotFound`."""
    offer = offers_of(actor, [product_id], only_active=False).filter(pk=offer_id).first()
    if offer is None:
        raise NotFound
    return offer


def product_of_sku(actor: Actor, sku: str) -> Product | None:
    """The product that has a variant with this SKU, with category, variants and levels."""
    return (
        Product.objects.visible_to(actor)
        .select_related("category")
        .prefetch_related("variants__level")
        .filter(variants__sku=sku)
        .first()
    )


def product_pictured(actor: Actor, name: str) -> Product | None:
    """The product whose picture has this file name."""
    return Product.objects.visible_to(actor).filter(picture=name).first() if name else None


def variants_of_skus(skus: Collection[str]) -> dict[str, Variant]:
    """SKU → variant with its product, sold or not, for those who name what they order; unknown ones are absent."""
    return {variant.sku: variant for variant in _with_skus().all(skus=list(skus))} if skus else {}


@prepared
def _with_skus() -> QuerySet[Variant]:
    return Variant.objects.select_related("product").filter(any_of("sku", "skus"))


def product_list(
    actor: Actor, *, search: str = "", category_id: int | None = None, is_active: bool | None = None
) -> QuerySet[Product]:
    """Products by name with category and variants; None shows the sold and the others."""
    rows = products(actor, search=search).prefetch_related("variants")
    if category_id is not None:
        rows = rows.filter(category_id=category_id)
    return rows if is_active is None else rows.filter(is_active=is_active)


def get_product(actor: Actor, product_id: int) -> Product:
    """One product with category, variants, levels and aliases. Raises `NotFound`."""
    product = (
        Product.objects.visible_to(actor)
        .select_related("category")
        .prefetch_related("variants__level", "variants__aliases")
        .filter(pk=product_id)
        .first()
    )
    if product is None:
        raise NotFound
    return product


def parts(actor: Actor, product_id: int) -> list[tuple[Variant, int]]:
    """What one unit of a bundle is made of: (variant, quantity)."""
    rows = BundleComponent.objects.filter(
        bundle__product_id=product_id, bundle__in=Variant.objects.visible_to(actor)
    ).select_related("component__product", "component__level")
    return list({row.component_id: (row.component, row.quantity) for row in rows.order_by("pk")}.values())


def possible_parts(actor: Actor) -> QuerySet[Variant]:
    """What a bundle can be made of."""
    rows = Variant.objects.visible_to(actor).filter(product__is_bundle=False)
    return rows.select_related("product").order_by("product__name", "pk")


def categories() -> QuerySet[Category]:
    """Categories by name."""
    return Category.objects.all()


def alias_product_id(actor: Actor, alias_id: int) -> int:
    """The product of the variant that an alias names. Raises `NotFound`."""
    rows = Alias.objects.filter(pk=alias_id, variant__in=Variant.objects.visible_to(actor))
    product_id = rows.values_list("variant__product_id", flat=True).first()
    if product_id is None:
        raise NotFound
    return product_id
