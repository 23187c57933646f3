"""Files of known shops, read from the first byte to the order: lines, totals, and nothing new the second time.

People, numbers and orders are invented; the headers are those the shops write.
"""

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from commanda.catalog.services.products import VariantData, create_product
from commanda.intake.headers import guess_mapping
from commanda.intake.models import StagedRow
from commanda.intake.presets import PRESETS
from commanda.intake.services.import_file import import_file
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import as_csv

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")

SHOPIFY = [
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Accepts Marketing",
    "Currency", "Subtotal", "Shipping", "Taxes", "Total", "Discount Code", "Discount Amount", "Shipping Method",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku",
    "Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status", "Billing Name", "Billing Street",
    "Billing Address1", "Billing City", "Billing Phone", "Shipping Name", "Shipping Street", "Shipping Address1",
    "Shipping City", "Shipping Phone", "Notes", "Note Attributes", "Cancelled at", "Payment Method", "Vendor", "Id",
    "Tags", "Risk Level", "Source", "Lineitem discount", "Tax 1 Name", "Tax 1 Value", "Phone",
]  # fmt: skip
WOO_ITEMS = [
    "Order Number", "Order Status", "Order Date", "Customer Note", "First Name (Billing)", "Last Name (Billing)",
    "Company (Billing)", "Address 1&2 (Billing)", "City (Billing)", "Email (Billing)", "Phone (Billing)",
    "First Name (Shipping)", "Last Name (Shipping)", "Address 1&2 (Shipping)", "City (Shipping)",
    "Payment Method Title", "Cart Discount Amount", "Order Subtotal Amount", "Shipping Method Title",
    "Order Shipping Amount", "Order Refund Amount", "Order Total Amount", "SKU", "Item #", "Item Name",
    "Quantity (- Refund)", "Item Cost", "Coupon Code", "Discount Amount",
]  # fmt: skip
WOO_ORDERS = [
    "order_id", "order_number", "order_date", "status", "shipping_total", "discount_total", "order_total",
    "customer_note", "billing_first_name", "billing_last_name", "billing_phone", "billing_address_1", "billing_city",
    "shipping_first_name", "shipping_last_name", "shipping_address_1", "shipping_city", "line_item_1", "line_item_2",
]  # fmt: skip
YOUCAN = [
    "Ref", "Created at", "First Name", "Last Name", "Phone", "City", "Address", "Product Name", "Variant", "SKU",
    "Quantity", "Price", "Total", "Payment Status", "Status",
]  # fmt: skip
LIGHTFUNNELS = [
    "Date", "Order Number", "Customer Name", "Customer Email", "Customer Phone", "Total Amount", "Order Status",
    "Customer Reply Text", "Order ID", "Created At", "Subtotal", "Shipping", "Shipping Address", "Shipping City",
    "Shipping ZIP", "Items Summary", "Item Count", "Tags", "Funnel ID",
]  # fmt: skip
SHEET_OMS = [
    "Order ID", "Order date", "Store Name", "AgentName", "", "Phone", "City", "City API", "Street Address",
    "Product Name", "SKU", "Color", "Size", "Price", "Total quantity", "Remarque", "Status de confirmation", "WhatsApp",
    "Société de livraison", "Suivie Remarque", "Statut de livraison", "Tracking number", 'Statut "Synced"', "Date",
    "Source", "Compaign", "Ad Set",
]  # fmt: skip
FRENCH = ["Date", "Nom complet", "Téléphone", "Ville", "Adresse", "Produit", "Quantité", "Prix"]
ARABIC = ["التاريخ", "الاسم الكامل", "الهاتف", "الهاتف الثاني", "المدينة", "العنوان", "المنتج", "الكمية", "السعر",
          "العملة", "المصدر"]  # fmt: skip


def line(header: list[str], **cells: Any) -> list[Any]:
    """A row by names of columns, spaces and signs as underscores."""
    keys = {re.sub(r"\W+", "_", name).strip("_").lower(): at for at, name in enumerate(header)}
    made: list[Any] = [""] * len(header)
    for name, cell in cells.items():
        made[keys[name]] = cell
    return made


FIRST = {
    "name": "#1001", "email": "a@example.com", "financial_status": "pending", "currency": "MAD", "subtotal": "498.00",
    "shipping": "25.00", "taxes": "0.00", "total": "473.00", "discount_amount": "50.00",
    "created_at": "2026-05-01 09:59:00 +0100", "lineitem_quantity": "1", "lineitem_name": "Montre Atlas",
    "lineitem_price": "199.00", "lineitem_sku": "ATLAS", "billing_name": "Sara Benali",
    "billing_street": "Rue des Essais 4", "billing_city": "Rabat", "billing_phone": "+212612345678",
    "notes": "Appeler le soir", "tags": "cod", "source": "web",
}  # fmt: skip
FILES: dict[str, tuple[list[list[Any]], list[dict[str, Any]]]] = {
    "shopify": (
        [
            SHOPIFY,
            line(SHOPIFY, **FIRST),
            line(SHOPIFY, name="#1002", total="199.00", created_at="2026-05-01 10:00:00 +0100", lineitem_quantity="1",
                 lineitem_name="Montre Atlas", lineitem_price="199.00", billing_name="B", shipping_name="Amine Tahiri",
                 shipping_phone="0612345679", shipping_city="Fès", billing_phone="0612345670", shipping="0.00"),
            # The further line of the first order stands apart, with its number and e-mail only.
            line(SHOPIFY, name="#1001", email="a@example.com", lineitem_quantity="1", lineitem_name="Sac Zellij - Noir",
                 lineitem_price="299.00"),
        ],
        [
            {"customer_name": "Sara Benali", "phone": "+212612345678", "city": "Rabat", "total": "473.00",
             "discount": "50.00", "delivery": "25.00", "lines": [("ATLAS", 1, "199.00"), ("SAC-N", 1, "299.00")],
             "note": "Appeler le soir · cod"},
            {"customer_name": "Amine Tahiri", "phone": "+212612345679", "city": "Fès", "total": "199.00",
             "discount": "0.00", "delivery": "0.00", "lines": [("ATLAS", 1, "199.00")]},
        ],
    ),
    "woocommerce_items": (
        [
            WOO_ITEMS,
            *(
                line(WOO_ITEMS, order_number="501", order_status="processing", order_date="2026-05-02 12:00",
                     first_name_billing="Nadia", last_name_billing="Alami", phone_billing="06 12 34 56 80",
                     city_billing="Tanger", address_1_2_billing="Rue Essai 3", cart_discount_amount="-48",
                     order_shipping_amount="30", order_total_amount="578", order_subtotal_amount="596", **item)
                for item in (
                    {"sku": "ATLAS", "item_name": "Montre Atlas", "quantity_refund": "1", "item_cost": "198"},
                    {"sku": "SAC-R", "item_name": "Sac Zellij - Rouge", "quantity_refund": "2", "item_cost": "199"},
                )
            ),
        ],
        [
            {"customer_name": "Nadia Alami", "phone": "+212612345680", "city": "Tanger", "total": "578.00",
             "discount": "48.00", "delivery": "30.00", "lines": [("ATLAS", 1, "198.00"), ("SAC-R", 2, "199.00")]},
        ],
    ),
    "woocommerce_orders": (
        [
            WOO_ORDERS,
            line(WOO_ORDERS, order_id="7001", order_number="601", order_date="2026-05-02 12:00:00", status="processing",
                 shipping_total="20", discount_total="0", order_total="617", billing_first_name="Omar",
                 billing_last_name="Idrissi", billing_phone="0612345681", billing_address_1="Rue 9",
                 billing_city="Agadir",
                 line_item_1="name:Montre Atlas|product_id:11|sku:ATLAS|quantity:1|total:199.00|sub_total:199.00",
                 line_item_2="name:Sac Zellij - Rouge|product_id:12|sku:SAC-R|quantity:2|total:398.00"),
        ],
        [
            {"customer_name": "Omar Idrissi", "phone": "+212612345681", "city": "Agadir", "total": "617.00",
             "discount": "0.00", "delivery": "20.00", "lines": [("ATLAS", 1, "199.00"), ("SAC-R", 2, "199.00")]},
        ],
    ),
    "youcan": (
        [
            YOUCAN,
            line(YOUCAN, ref="YCN-77", created_at="2026-05-03 08:00:00", first_name="Hiba", last_name="Fassi",
                 phone="212612345682", city="Oujda", address="Hay 5", product_name="Sac Zellij", variant="Noir",
                 quantity="2", price="299", total="598", status="open"),
        ],
        [
            {"customer_name": "Hiba Fassi", "phone": "+212612345682", "city": "Oujda", "total": "598.00",
             "discount": "0.00", "delivery": "0.00", "lines": [("SAC-N", 2, "299.00")]},
        ],
    ),
    "lightfunnels": (
        [
            LIGHTFUNNELS,
            line(LIGHTFUNNELS, date="03/05/2026", order_number="12", order_id="LF-12", customer_name="Reda Saidi",
                 customer_phone="612345683", total_amount="224", order_status="new", shipping="25",
                 shipping_city="Meknès", items_summary="Montre Atlas x 1", item_count="1"),
        ],
        [
            {"customer_name": "Reda Saidi", "phone": "+212612345683", "city": "Meknès", "total": "224.00",
             "discount": "0.00", "delivery": "25.00", "lines": [("ATLAS", 1, "199.00")]},
        ],
    ),
    "sheet_oms": (
        [
            ["Suivi des commandes"],
            ["", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "Confirmation", "", "Livraison"],
            SHEET_OMS,
            ["CMD-1", "04/05/2026", "", "", "Salma Rami", "06-12-34-56-84", "Casablanca", "", "Rue 1", "Sac Zellij", "",
             "Rouge", "", "299", "1", "Urgent", "", "", "", "", "", "", "", "", "facebook", "Mai"],
        ],
        [
            {"customer_name": "Salma Rami", "phone": "+212612345684", "city": "Casablanca", "total": "299.00",
             "discount": "0.00", "delivery": "0.00", "lines": [("SAC-R", 1, "299.00")], "note": "Urgent"},
        ],
    ),
    "form_french": (
        [
            FRENCH,
            ["05/05/2026 10:00", "Amal Naji", "0612345685", "Salé", "Bloc 3", "2x Montre Atlas + Sac Zellij Noir", "",
             "600"],
        ],
        [
            {"customer_name": "Amal Naji", "phone": "+212612345685", "city": "Salé", "total": "600.00",
             "discount": "97.00", "delivery": "0.00", "lines": [("ATLAS", 2, "199.00"), ("SAC-N", 1, "299.00")]},
        ],
    ),
    "form_arabic": (
        [
            ARABIC,
            ["05/05/2026", "أمينة", "٠٦١٢٣٤٥٦٨٦", "", "الرباط", "شارع 1", "Montre Atlas", "٢", "398 درهم", "MAD",
             "tiktok"],
        ],
        [
            {"customer_name": "أمينة", "phone": "+212612345686", "city": "Rabat", "total": "398.00",
             "discount": "0.00", "delivery": "0.00", "lines": [("ATLAS", 2, "199.00")]},
        ],
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def catalogue() -> None:
    make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")
    create_product(
        actor=SYSTEM,
        fields={"name": "Sac Zellij"},
        variants=[
            VariantData(sku="SAC-R", price_amount=Decimal(299), color="Rouge"),
            VariantData(sku="SAC-N", price_amount=Decimal(299), color="Noir"),
        ],
    )


def as_xlsx(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    tab = book.add_worksheet()
    for number, row in enumerate(rows):
        for at, cell in enumerate(row):
            if cell != "":
                tab.write_string(number, at, cell)
    book.close()
    return file.getvalue()


def test_every_layout_has_a_file() -> None:
    assert set(FILES) == set(PRESETS)


@pytest.mark.parametrize("layout", FILES)
def test_layout_is_recognised_by_its_headers(layout: str) -> None:
    mapping = guess_mapping(FILES[layout][0])
    assert mapping.preset == layout
    assert mapping.missing == ()
    assert mapping.notes[0].code == "preset_found"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("layout", FILES)
def test_orders_are_right_and_not_doubled_when_a_known_export_is_read_twice(
    layout: str, kind: str, tmp_path: Path
) -> None:
    rows, expected = FILES[layout]
    path = tmp_path / f"{layout}.{kind}"
    path.write_bytes(as_csv(rows) if kind == "csv" else as_xlsx(rows))
    report = import_file(actor=SYSTEM, path=path)
    assert report.rejected == 0, report.rejected_rows
    assert report.orders == len(expected)
    for order, wanted in zip(Order.objects.order_by("pk"), expected, strict=True):
        assert order.customer_name == wanted["customer_name"]
        assert order.phone_e164 == wanted["phone"]
        assert order.city is not None
        assert order.city.name_fr == wanted["city"]
        assert order.total_amount == Decimal(wanted["total"])
        assert order.discount_amount == Decimal(wanted["discount"])
        assert order.delivery_amount == Decimal(wanted["delivery"])
        assert [
            (each.sku, each.quantity, str(each.unit_price_amount)) for each in order.lines.order_by("pk")
        ] == wanted["lines"]
        if "note" in wanted:
            assert order.note == wanted["note"]
    again = import_file(actor=SYSTEM, path=path)
    assert (again.new, again.changed, again.orders) == (0, 0, 0)
    assert again.unchanged == report.read
    assert Order.objects.count() == len(expected)


def test_columns_that_were_joined_or_stood_in_stay_visible_with_the_row(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(as_csv(FILES["shopify"][0]))
    import_file(actor=SYSTEM, path=path)
    kept = StagedRow.objects.get(key="x:#1001").cells["rows"][0]
    assert kept["cells"]["phone"] == "+212612345678"
    assert kept["other"]["Billing Phone"] == "+212612345678"
    assert kept["other"]["Notes"] == "Appeler le soir"
    assert set(kept["made"]) == {"name", "phone", "city", "address", "note"}
