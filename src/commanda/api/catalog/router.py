"""Products and stock, for those who may see them. Costs are nowhere in the API."""

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from commanda.accounts.permissions import Perm
from commanda.api.auth import ApiRequest
from commanda.api.catalog.schemas import LevelOut, ProductFilters, ProductOut, StockFilters, StockOut, VariantOut
from commanda.api.replies import Page, reply
from commanda.catalog.models import Product
from commanda.catalog.selectors import product_of_sku, product_pictured, products
from commanda.kernel.errors import NotFound
from commanda.kernel.pagination import keyset_page
from commanda.kernel.text import strip_marks
from commanda.stock.models import StockLevel
from commanda.stock.selectors import levels, low_levels

router = Router(tags=["catalogue"])
PICTURE = "image/webp"  # what `catalog.pictures` writes, whatever was uploaded


@router.get("/products", response=Page[ProductOut], summary="List products")
def list_products(request: ApiRequest, filters: Query[ProductFilters]) -> HttpResponse:
    """Products by name with their variants, prices and stock."""
    request.actor.require(Perm.STOCK_VIEW)
    rows = products(request.actor, search=filters.q, only_active=filters.active)
    page = keyset_page(
        rows.prefetch_related("variants__level"),
        order=("name", "id"),
        cursor=filters.cursor,
        size=filters.limit,
        is_strict=True,
    )
    items = [_product(request, product) for product in page]
    return reply(Page[ProductOut](items=items, next_cursor=page.next_cursor))


@router.get("/products/{path:sku}", response=ProductOut, summary="One product by the SKU of a variant")
def product_by_sku(request: ApiRequest, sku: str) -> HttpResponse:
    """The product that has a variant with this SKU, with all its variants."""
    request.actor.require(Perm.STOCK_VIEW)
    product = product_of_sku(request.actor, strip_marks(sku))
    if product is None:
        raise NotFound
    return reply(_product(request, product))


@router.get("/stock", response=Page[LevelOut], summary="List stock levels")
def list_stock(request: ApiRequest, filters: Query[StockFilters]) -> HttpResponse:
    """Levels of all stocked variants, in the order in which the variants were made."""
    request.actor.require(Perm.STOCK_VIEW)
    rows = low_levels(request.actor) if filters.low else levels(request.actor)
    page = keyset_page(rows, order=("variant_id",), cursor=filters.cursor, size=filters.limit, is_strict=True)
    return reply(Page[LevelOut](items=[_level(level) for level in page], next_cursor=page.next_cursor))


@router.get(
    "/pictures/{path:name}",
    openapi_extra={"responses": {200: {"content": {PICTURE: {"schema": {"type": "string", "format": "binary"}}}}}},
    summary="A product's picture",
)
def picture(request: ApiRequest, name: str) -> FileResponse:
    """The file behind `picture_url`. A changed picture has a new address."""
    request.actor.require(Perm.STOCK_VIEW)
    product = product_pictured(request.actor, strip_marks(name))
    if product is None:
        raise NotFound
    try:
        return FileResponse(product.picture.open(), content_type=PICTURE)
    except OSError as error:
        raise NotFound from error


def _product(request: ApiRequest, product: Product) -> ProductOut:
    return ProductOut(
        id=product.pk,
        name=product.name,
        category=product.category.name if product.category else None,
        description=product.description,
        picture_url=_picture_url(request, product),
        is_bundle=product.is_bundle,
        is_active=product.is_active,
        variants=[
            VariantOut(
                id=variant.pk,
                sku=variant.sku,
                color=variant.color,
                size=variant.size,
                price_amount=variant.price_amount,
                is_active=variant.is_active,
                stock=StockOut(**_quantities(variant.level)) if hasattr(variant, "level") else None,
            )
            for variant in product.variants.all()
        ],
    )


def _picture_url(request: ApiRequest, product: Product) -> str | None:
    if not product.picture:
        return None
    return request.build_absolute_uri(reverse("api:picture", args=[product.picture.name]))


def _quantities(level: StockLevel) -> dict[str, int]:
    return {
        "on_hand": level.on_hand,
        "reserved": level.reserved,
        "in_transit": level.in_transit,
        "quarantine": level.quarantine,
        "available": level.available,
    }


def _level(level: StockLevel) -> LevelOut:
    product = level.variant.product
    return LevelOut(
        **_quantities(level),
        variant_id=level.variant_id,
        sku=level.variant.sku,
        label=level.variant.label,
        low_stock_qty=product.low_stock_qty,
        is_low=0 < product.low_stock_qty >= level.available,
    )
