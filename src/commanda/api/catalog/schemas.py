from typing import Annotated

from pydantic import Field

from commanda.api.fields import Cursor, Filters, Money, Out, PageSize, Text100


class StockOut(Out):
    """Units of one variant. `available` is what can still be promised: on hand − reserved − in transit."""

    on_hand: int
    reserved: int
    in_transit: int
    quarantine: int
    available: int


class VariantOut(Out):
    """A colour and size of a product, or the product itself. Bundles have no stock of their own."""

    id: int
    sku: str
    color: str
    size: str
    price_amount: Money
    is_active: bool
    stock: StockOut | None


class ProductOut(Out):
    """What is sold."""

    id: int
    name: str
    category: str | None
    description: str
    picture_url: str | None
    is_bundle: bool
    is_active: bool
    variants: list[VariantOut]


class LevelOut(StockOut):
    """The stock of one variant; `is_low` at or under the product's threshold."""

    variant_id: int
    sku: str
    label: str
    low_stock_qty: int
    is_low: bool


class ProductFilters(Filters):
    q: Annotated[Text100, Field(description="Part of a name, a SKU or an alias")] = ""
    active: Annotated[bool, Field(description="Only products that are sold now")] = False
    cursor: Cursor = ""
    limit: PageSize = 50


class StockFilters(Filters):
    low: Annotated[bool, Field(description="Only products at or under their threshold")] = False
    cursor: Cursor = ""
    limit: PageSize = 50
