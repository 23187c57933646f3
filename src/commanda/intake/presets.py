"""Layouts of known exports: how each is recognised by its headers, and which of its columns are our fields.

Only where a guess by names would go wrong, or where columns stand in for one another (the shipping address, else the
billing address). All names are compared folded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.kernel.text import fold

# An order number is one column or none: another one beside it numbers something else.
_ALONE: Final = frozenset({"external_id", "sku", "status"})
_LINE_ITEMS: Final = "|".join(f"line item {number}" for number in range(1, 21))


@dataclass(frozen=True, slots=True)
class Preset:
    """A known layout.

    It is recognised when all names of one of `signs` are there. `columns` lists names per field, the best first: the
    first one that is there is the field's column, the others complete it. With `guess_rest` fields it does not name
    are guessed. `settings` are those of `Mapping`.
    """

    name: str | Promise
    signs: tuple[frozenset[str], ...]
    columns: dict[str, tuple[str, ...]]
    guess_rest: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def is_layout_of(self, names: Sequence[str]) -> bool:
        """Whether folded header names are those of this layout."""
        there = set(names)
        return any(sign <= there for sign in self.signs)

    def find(self, names: Sequence[str]) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
        """Field → place of its column, and field → places of the columns that complete it."""
        own: dict[str, int] = {}
        more: dict[str, tuple[int, ...]] = {}
        for field_name, options in self.columns.items():
            places = [names.index(name) for name in options if name in names]
            free = [at for at in places if at not in own.values()]
            if free:
                own[field_name] = free[0]
                rest = tuple(at for at in places if at != free[0]) if field_name not in _ALONE else ()
                if rest:
                    more[field_name] = rest
        return own, more


def _preset(
    name: str | Promise, signs: Sequence[str], columns: dict[str, str], *, guess_rest: bool = False, **settings: Any
) -> Preset:
    return Preset(
        name,
        tuple(frozenset(map(fold, sign.split("|"))) for sign in signs),
        {field_name: tuple(map(fold, names.split("|"))) for field_name, names in columns.items()},
        guess_rest,
        settings,
    )


# WordPress plug-ins write "First Name (Billing)" or "billing_first_name".
_WOO_ORDER: Final = {
    "external_id": "Order Number|Order ID|order_id",
    "ordered_at": "Order Date|order_date|Date",
    "first_name": "First Name (Shipping)|shipping_first_name|First Name (Billing)|billing_first_name",
    "last_name": "Last Name (Shipping)|shipping_last_name|Last Name (Billing)|billing_last_name",
    "phone": "Phone (Shipping)|shipping_phone|Phone (Billing)|billing_phone",
    "city": "City (Shipping)|shipping_city|City (Billing)|billing_city",
    "address": (
        "Address 1&2 (Shipping)|shipping_address_1|shipping_address|"
        "Address 1&2 (Billing)|billing_address_1|billing_address"
    ),
    "total_price": "Order Total Amount|order_total|Order Total",
    "discount": "Cart Discount Amount|discount_total|cart_discount",
    "delivery": "Order Shipping Amount|shipping_total|order_shipping",
    "note": "Customer Note|customer_note",
    "status": "Order Status|status",
    "campaign": "UTM Campaign|utm_campaign|_utm_campaign",
}

# Written by the app of the shop or by a plug-in, if at all.
_UTM: Final = {
    "utm_source": "UTM Source|utm_source|Attribution Source",
    "utm_medium": "UTM Medium|utm_medium",
    "utm_content": "UTM Content|utm_content",
    "utm_term": "UTM Term|utm_term",
}

PRESETS: Final[dict[str, Preset]] = {
    "shopify": _preset(
        "Shopify",
        ["Name|Financial Status|Lineitem name|Lineitem quantity"],
        {
            "external_id": "Name",
            "ordered_at": "Created at|Paid at",
            "name": "Shipping Name|Billing Name",
            "phone": "Shipping Phone|Phone|Billing Phone",
            "city": "Shipping City|Billing City",
            "address": "Shipping Street|Shipping Address1|Billing Street|Billing Address1",
            "product": "Lineitem name",
            "sku": "Lineitem sku",
            "quantity": "Lineitem quantity",
            "unit_price": "Lineitem price",
            "total_price": "Total",
            "discount": "Discount Amount",
            "delivery": "Shipping",
            "note": "Notes|Tags",
            "platform": "Source",
            "campaign": "UTM Campaign|utm_campaign",
            **_UTM,
            "status": "Fulfillment Status",
        },
    ),
    "woocommerce_items": _preset(
        _("WooCommerce, one row per item"),
        [
            "Order Number|Item Name|Phone (Billing)",
            "Order Number|Item Name|billing_phone",
            "Order ID|Item Name|billing_phone",
            "Order ID|Item Name|Phone (Billing)",
            "Order Number|Product Name|billing_phone",
        ],
        {
            **_WOO_ORDER,
            **_UTM,
            "product": "Item Name|Product Name",
            "sku": "SKU|Item SKU|Product SKU",
            "quantity": "Quantity (- Refund)|Quantity|Item Quantity",
            "unit_price": "Item Cost|Item Price|Product Price",
        },
    ),
    "woocommerce_orders": _preset(
        _("WooCommerce, one row per order"),
        [
            "order_number|billing_phone|line_item_1",
            "order_id|billing_phone|line_item_1",
            "Order Number|Phone (Billing)|Products",
            "order_number|billing_phone|Products",
            "order_number|billing_phone|order_items",
        ],
        {**_WOO_ORDER, **_UTM, "product": f"{_LINE_ITEMS}|Products|order_items"},
    ),
    "youcan": _preset(
        _("YouCan, or a sheet like it"),
        [
            "Ref|Full Name|Phone|Variant",
            "Ref|First Name|Last Name|Phone|Total",
            "Order Ref|Full Name|Phone|Product Name",
            "Order ID|Full Name|Phone|Product Name|Variant",
        ],
        {
            "external_id": "Ref|Order Ref|Order ID",
            "ordered_at": "Created at|Order Date|Date",
            "name": "Full Name|Customer Name",
            "first_name": "First Name",
            "last_name": "Last Name",
            "phone": "Phone|Customer Phone",
            "city": "Shipping City|City|Region",
            "address": "Shipping Address|Address|Address 1",
            "product": "Product Name|Product|Products",
            "variant_color": "Variant|Variants",
            "sku": "SKU",
            "quantity": "Quantity",
            "unit_price": "Price|Unit Price|Product Price",
            "total_price": "Total|Total Price",
            "discount": "Discount",
            "delivery": "Shipping|Shipping Price",
            "note": "Notes|Note",
            "platform": "Source",
            "campaign": "UTM Campaign",
            **_UTM,
            "status": "Status",
        },
    ),
    "lightfunnels": _preset(
        "Lightfunnels",
        ["Order Number|Customer Name|Customer Phone|Total Amount"],
        {
            "external_id": "Order ID|Order Number",
            "ordered_at": "Created At|Date",
            "name": "Customer Name",
            "phone": "Customer Phone",
            "city": "Shipping City",
            "address": "Shipping Address",
            "product": "Items Summary",
            "quantity": "Item Count",
            "total_price": "Total Amount",
            "delivery": "Shipping",
            "note": "Customer Reply Text|Tags",
            "campaign": "UTM Campaign|Funnel ID",
            **_UTM,
            "status": "Order Status",
        },
    ),
    "sheet_oms": _preset(
        _("Moroccan order sheet with confirmation and carrier"),
        [
            "Order ID|Store Name|AgentName|Phone|Product Name|Status de confirmation",
            "Order ID|Store Name|Agent Name|Phone|Product Name|Status de confirmation",
        ],
        {
            "external_id": "Order ID",
            "ordered_at": "Order date|Date",
            "store": "Store Name",
            "agent": "AgentName|Agent Name",
            "phone": "Phone",
            "city": "City",
            "address": "Street Address",
            "product": "Product Name",
            "sku": "SKU",
            "variant_color": "Color",
            "variant_size": "Size",
            "quantity": "Total quantity",
            "total_price": "Price",
            "note": "Remarque",
            "status": "Status de confirmation",
            "carrier": "Société de livraison",
            "tracking": "Tracking number",
            "platform": "Source",
            "campaign": "Compaign|Campaign",
            "ad_set": "Ad Set",
        },
        guess_rest=True,
    ),
    "form_french": _preset(
        _("Order form in French"),
        ["Nom complet|Téléphone|Ville|Produit", "Nom|Téléphone|Ville|Produit", "Nom et prénom|Téléphone|Ville|Produit"],
        {"name": "Nom complet|Nom et prénom|Nom", "phone": "Téléphone", "city": "Ville", "product": "Produit"},
        guess_rest=True,
    ),
    "form_arabic": _preset(
        _("Order form in Arabic"),
        ["الاسم الكامل|الهاتف|المدينة|المنتج", "الاسم|الهاتف|المدينة|المنتج", "الاسم الكامل|رقم الهاتف|المدينة|المنتج"],
        {"name": "الاسم الكامل|الاسم", "phone": "الهاتف|رقم الهاتف", "city": "المدينة", "product": "المنتج"},
        guess_rest=True,
    ),
}


def recognise(names: Sequence[str]) -> str:
    """The key of the preset whose layout these folded header names are, or ""."""
    return next((key for key, preset in PRESETS.items() if preset.is_layout_of(names)), "")
