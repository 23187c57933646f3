"""Guessing columns: every header layout seen in the field, misspellings, and content as second witness.

People, numbers and orders are invented.
"""

import json
from typing import Any

import pytest

from commanda.intake.headers import NOTES, guess_mapping
from commanda.intake.mapped_rows import MappedRows
from commanda.intake.mapping import Column, Layout, Mapping
from commanda.intake.readers import ReadProblem


def fields(header: list[str], *rows: list[Any]) -> dict[str, str]:
    """Field → header as the guess sees it."""
    return {name: column.header for name, column in guess_mapping([header, *rows]).columns.items()}


def codes(mapping: Mapping) -> set[str]:
    return {note.code for note in mapping.notes}


LAYOUTS: dict[str, tuple[list[str], dict[str, str]]] = {
    "moroccan sheet": (
        [
            "Order ID", "Order date", "Store Name", "AgentName", "Phone", "City", "City API", "Street Address",
            "Product Name", "SKU", "Color", "Size", "Price", "Total quantity", "Remarque", "Status de confirmation",
            "WhatsApp", "Société de livraison", "Suivie Remarque", "Statut de livraison", "Tracking number",
            'Statut "Synced"', "Date", "Source", "Compaign", "Ad Set",
        ],
        {
            "external_id": "Order ID", "ordered_at": "Order date", "store": "Store Name", "agent": "AgentName",
            "phone": "Phone", "city": "City", "address": "Street Address", "product": "Product Name", "sku": "SKU",
            "variant_color": "Color", "variant_size": "Size", "total_price": "Price", "quantity": "Total quantity",
            "note": "Remarque", "status": "Status de confirmation", "carrier": "Société de livraison",
            "tracking": "Tracking number", "platform": "Source", "campaign": "Compaign", "ad_set": "Ad Set",
        },
    ),
    "french export": (
        ["N° Commande", "Statut", "Opérateur", "Client", "Téléphone", "Adresse", "Ville", "Produit", "Quantité",
         "Prix", "Date Création", "Motifs", "Modification"],
        {
            "external_id": "N° Commande", "status": "Statut", "agent": "Opérateur", "name": "Client",
            "phone": "Téléphone", "address": "Adresse", "city": "Ville", "product": "Produit", "quantity": "Quantité",
            "total_price": "Prix", "ordered_at": "Date Création",
        },
    ),
    "arabic form": (
        ["التاريخ", "الاسم الكامل", "الهاتف", "الهاتف الثاني", "المدينة", "العنوان", "المنتج", "الكمية", "السعر",
         "العملة", "المصدر"],
        {
            "ordered_at": "التاريخ", "name": "الاسم الكامل", "phone": "الهاتف", "phone2": "الهاتف الثاني",
            "city": "المدينة", "address": "العنوان", "product": "المنتج", "quantity": "الكمية",
            "total_price": "السعر", "platform": "المصدر",
        },
    ),
    "mixed french and english": (
        ["Product Name", "Product Price", "Product Quantity", "Ville", "First Name", "Phone", "Adresse", "DATE"],
        {
            "product": "Product Name", "unit_price": "Product Price", "quantity": "Product Quantity",
            "city": "Ville", "first_name": "First Name", "phone": "Phone", "address": "Adresse", "ordered_at": "DATE",
        },
    ),
    "web hook rows": (
        ["row_number", "sku", "customer_name", "phone", "city", "quantity", "total_price", "external_order_id"],
        {
            "sku": "sku", "name": "customer_name", "phone": "phone", "city": "city", "quantity": "quantity",
            "total_price": "total_price", "external_id": "external_order_id",
        },
    ),
    "algerian": (
        ["Type de livraison", "Type de commande", "Nom du client", "Téléphone", "Téléphone 2", "Wilaya",
         "Commune / Bureau", "Adresse", "Description", "Produit", "Quantité", "Prix total", "Poids (kg)",
         "Numéro de suivi", "Prix à collecter"],
        {
            "name": "Nom du client", "phone": "Téléphone", "phone2": "Téléphone 2", "city": "Commune / Bureau",
            "address": "Adresse", "note": "Description", "product": "Produit", "quantity": "Quantité",
            "total_price": "Prix total", "tracking": "Numéro de suivi",
        },
    ),
    "lightfunnels app": (
        ["Date", "Order Number", "Customer Name", "Customer Email", "Customer Phone", "Total Amount", "Order Status",
         "Customer Reply Text", "Order ID", "Subtotal", "Shipping", "Shipping City", "Shipping ZIP", "Items Summary",
         "Item Count", "Tags", "Funnel ID"],
        {
            "ordered_at": "Date", "external_id": "Order ID", "name": "Customer Name", "phone": "Customer Phone",
            "total_price": "Total Amount", "status": "Order Status", "note": "Customer Reply Text",
            "city": "Shipping City", "product": "Items Summary", "quantity": "Item Count", "delivery": "Shipping",
            "campaign": "Funnel ID",
        },
    ),
    "store link": (
        ["Order No", "Date", "Shipping Method", "Transaction ID", "Products", "Order Total", "Full Name", "Phone"],
        {
            "external_id": "Order No", "ordered_at": "Date", "product": "Products", "total_price": "Order Total",
            "name": "Full Name", "phone": "Phone",
        },
    ),
    "chopin": (
        ["order_number", "order_number_short", "order_created", "order_created_tz", "store_id", "user_name",
         "user_email", "user_phone", "user_address", "order_subtotal"],
        {
            "external_id": "order_number", "ordered_at": "order_created", "store": "store_id", "name": "user_name",
            "phone": "user_phone", "address": "user_address", "total_price": "order_subtotal",
        },
    ),
    "shopify": (
        ["Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at", "Currency", "Subtotal",
         "Shipping", "Taxes", "Total", "Discount Code", "Shipping Method", "Created at", "Lineitem quantity",
         "Lineitem name", "Lineitem price", "Lineitem compare at price", "Lineitem sku", "Billing Name",
         "Billing Phone", "Shipping Name", "Shipping Street", "Shipping Address1", "Shipping City", "Shipping Phone",
         "Notes", "Note Attributes", "Payment Method", "Vendor", "Id", "Tags", "Risk Level", "Source",
         "Lineitem discount", "Tax 1 Name", "Phone"],
        {
            "external_id": "Name", "ordered_at": "Created at", "name": "Shipping Name", "phone": "Shipping Phone",
            "city": "Shipping City", "address": "Shipping Street", "product": "Lineitem name", "delivery": "Shipping",
            "sku": "Lineitem sku", "quantity": "Lineitem quantity", "unit_price": "Lineitem price",
            "total_price": "Total", "note": "Notes", "platform": "Source", "status": "Fulfillment Status",
        },
    ),
    "darija": (
        ["tarikh", "smiya", "nmra", "lmdina", "l3onwan", "sel3a", "l3adad", "taman"],
        {
            "ordered_at": "tarikh", "name": "smiya", "phone": "nmra", "city": "lmdina", "address": "l3onwan",
            "product": "sel3a", "quantity": "l3adad", "total_price": "taman",
        },
    ),
    "misspelt": (
        ["Nom complte", "Telephonne", "Vile", "Adrese", "Produits", "Quantitée", "Prix totale", "Commentaires"],
        {
            "name": "Nom complte", "phone": "Telephonne", "city": "Vile", "address": "Adrese", "product": "Produits",
            "quantity": "Quantitée", "total_price": "Prix totale", "note": "Commentaires",
        },
    ),
    "surname and first name": (
        ["Nom", "Prénom", "Tél", "Prix unitaire", "Prix", "Réf produit"],
        {
            "last_name": "Nom", "first_name": "Prénom", "phone": "Tél", "unit_price": "Prix unitaire",
            "total_price": "Prix", "sku": "Réf produit",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_guess_maps_every_column_when_layout_is_known(layout: str) -> None:
    header, expected = LAYOUTS[layout]
    assert fields(header) == expected


@pytest.mark.parametrize("layout", LAYOUTS)
def test_guess_is_the_same_when_columns_stand_in_another_order(layout: str) -> None:
    header, expected = LAYOUTS[layout]
    assert fields(header[::-1]) == expected


SIMPLE = ["Nom", "Téléphone", "Ville", "Produit", "Prix"]
ROWS = [
    ["Amine Tahiri", "0612345678", "Rabat", "Montre", 199],
    ["Sara Benali", "0612345679", "Fès", "Montre", 199],
    ["أمين", "06-12-34-56-80", "طنجة", "Sac", 299],
]


def test_header_is_found_when_titles_stand_above() -> None:
    mapping = guess_mapping([["Commandes mai 2026"], [], ["", "Boutique Zellij"], SIMPLE, *ROWS])
    assert mapping.columns["phone"] == Column(1, "Téléphone", 1)
    assert "titles_above" in codes(mapping)
    assert mapping.missing == ()


def test_columns_are_guessed_by_content_when_there_is_no_header() -> None:
    rows = [
        ["01/05/2026 10:00", "Amine Tahiri", "0612345678", "Rabat", "Rue 1 n 4", "Montre", 1, 199],
        ["01/05/2026 11:00", "Sara Benali", "0612345679", "Fes", "Hay Salam 12", "Montre", 2, 398],
        ["02/05/2026 12:00", "Nadia Alami", "0612345680", "Casa", "Residence 3", "Sac cuir", 1, 299],
        ["02/05/2026 13:00", "Youssef Idrissi", "0612345681", "Taza", "Bloc B", "Sac cuir", 1, 299],
    ]
    mapping = guess_mapping(rows)
    assert not mapping.has_header
    assert "no_header" in codes(mapping)
    assert {name: column.index for name, column in mapping.columns.items()} == {
        "ordered_at": 0, "name": 1, "phone": 2, "city": 3, "address": 4, "product": 5, "quantity": 6, "total_price": 7,
    }  # fmt: skip
    assert len(list(MappedRows(mapping, rows))) == 4


def test_phone_is_found_by_content_when_its_header_is_strange() -> None:
    mapping = guess_mapping([["Nom", "Colonne X", "Ville", "Produit"], *[row[:4] for row in ROWS]])
    assert mapping.columns["phone"] == Column(1, "Colonne X", 1)
    assert "phone_by_content" in codes(mapping)


def test_phone_is_corrected_when_the_named_column_holds_none() -> None:
    rows = [["Tél", "Contact", "Produit"], ["oui", "0612345678", "Sac"], ["non", "0612345679", "Sac"]]
    mapping = guess_mapping(rows)
    assert mapping.columns["phone"].header == "Contact"


def test_name_is_found_by_content_when_its_header_is_blank() -> None:
    header, _ = LAYOUTS["moroccan sheet"]
    header = [*header[:4], "", *header[4:]]
    row = ["CM-1", "01/05/2026", "Zellij", "Hind", "Amine Tahiri", "0612345678", "Rabat", "", "Rue 1", "Montre"]
    other = ["CM-2", "01/05/2026", "Zellij", "Hind", "Sara Benali", "0612345679", "Fes", "", "Rue 2", "Montre"]
    mapping = guess_mapping([header, row, other])
    assert mapping.columns["name"] == Column(4, "", 1)
    assert next(iter(MappedRows(mapping, [header, row]))).cells["name"] == "Amine Tahiri"


def test_second_phone_is_taken_when_two_columns_have_one_name() -> None:
    rows = [["Nom", "Tel", "Tel", "Produit"], ["Amine T", "0612345678", "0712345678", "Sac"]]
    mapping = guess_mapping(rows)
    assert mapping.columns["phone"] == Column(1, "Tel", 1)
    assert mapping.columns["phone2"] == Column(2, "Tel", 2)
    assert "duplicate_column" in codes(mapping)


def test_order_number_is_refused_when_it_stands_for_several_clients() -> None:
    rows = [["ID", "Nom", "Tel", "Produit"]] + [["REF9", "X", f"06123456{number:02}", "Sac"] for number in range(20)]
    mapping = guess_mapping(rows)
    assert "external_id" not in mapping.columns
    assert "id_not_unique" in codes(mapping)


def test_order_number_is_kept_when_further_lines_leave_the_phone_out() -> None:
    rows = [["Order ID", "Nom", "Tel", "Produit"], ["1", "X", "0612345678", "Sac"], ["1", "", "", "Montre"]]
    assert "external_id" in guess_mapping(rows).columns


def test_missing_fields_are_told_when_no_column_fits() -> None:
    assert guess_mapping([["Nom", "Ville"], ["Amine", "Rabat"]]).missing == ("phone", "product")
    assert guess_mapping([]).missing == ("phone", "product")
    assert guess_mapping([SIMPLE[:3], ROWS[0][:3]]).with_settings(defaults={"product": "Montre"}).missing == ()


def test_header_without_rows_is_noted_when_nothing_follows() -> None:
    assert "no_rows" in codes(guess_mapping([SIMPLE]))


@pytest.mark.parametrize(
    "rows",
    [
        [["x" * 50_000] * 3, ["y" * 50_000]],
        [[None, 1, "", "=1+1"], ["<b>Nom</b>", "<script>", 3]],
        [["", ""], [], ["", "", ""]],
        [[f"c{number}" for number in range(100)]],
        [["Phone", "Product", "Price"], *[["0612345678", "Montre", "²"]] * 3],
    ],
)
def test_guess_never_raises_when_content_is_strange(rows: list[list[Any]]) -> None:
    mapping = guess_mapping(rows)
    assert set(codes(mapping)) <= set(NOTES)


def test_mapping_survives_when_written_as_json() -> None:
    mapping = guess_mapping([["Titre"], SIMPLE, *ROWS]).with_settings(
        defaults={"store": "Zellij"}, centimes=True, month_first=True
    )
    assert Mapping.from_json(json.loads(json.dumps(mapping.to_json()))) == mapping


def test_mapping_is_refused_when_json_names_an_unknown_field() -> None:
    with pytest.raises(ValueError, match="unknown fields"):
        Mapping.from_json({"columns": {"cost": {"index": 0, "header": "x"}}})


def test_columns_are_found_again_when_others_are_inserted_or_moved() -> None:
    mapping = guess_mapping([SIMPLE, *ROWS])
    moved = [[], ["Neuf", "Prix", "Produit", "Autre", "Ville", "TÉLÉPHONE ", "nom"]]
    row = ["", 199, "Montre", "", "Rabat", "0612345678", "Amine"]
    (found,) = MappedRows(mapping, [*moved, row])
    assert found.number == 3
    assert found.raw == row
    assert found.cells == {"name": "Amine", "phone": "0612345678", "city": "Rabat", "product": "Montre",
                           "total_price": 199}  # fmt: skip
    assert guess_mapping([*moved, row]).signature == mapping.signature


def test_reading_stops_when_a_mapped_column_is_gone() -> None:
    mapping = guess_mapping([SIMPLE, *ROWS])
    with pytest.raises(ReadProblem) as caught:
        list(MappedRows(mapping, [["Nom", "Téléphone", "Produit", "Prix"], ["A", "0612345678", "Sac", 1]]))
    assert caught.value.code == "columns_missing"
    assert "Ville" in str(caught.value)


def test_repeated_headers_and_titles_are_left_out_when_inside_the_data() -> None:
    rows = [["Mes commandes"], SIMPLE, ROWS[0], [], ["Nom", "Téléphone", "Ville", "Produit", "Prix DH"], ROWS[1]]
    mapping = guess_mapping(rows)
    assert "repeated_header" in codes(mapping)
    reading = MappedRows(mapping, rows)
    assert [row.number for row in reading] == [3, 6]
    assert reading.titles == [1]
    assert reading.repeated_headers == [5]


def test_order_above_the_header_is_kept_when_it_holds_a_phone() -> None:
    rows = [ROWS[0], SIMPLE, ROWS[1]]
    assert [row.number for row in MappedRows(guess_mapping(rows), rows)] == [1, 3]


def test_short_rows_are_filled_when_last_cells_are_missing() -> None:
    (found,) = MappedRows(guess_mapping([SIMPLE, *ROWS]), [SIMPLE, ["Amine", "0612345678"]])
    assert found.cells["total_price"] == ""


@pytest.mark.parametrize(
    ("header", "row", "repeats"),
    [
        (("nom", "tel", "ville", "prix", "note"), ["Nom", "Tél", "Ville", "Prix", ""], True),
        (("nom", "tel", "ville", "prix", "note"), ["Nom", "Tél", "VILLE", "199", "x"], True),
        (("nom", "tel", "ville", "prix", "note"), ["Nom", "Tél", "Rabat", "199", "x"], False),
        (("nom", "tel"), ["Nom", "Tél"], True),
        (("nom",), ["Nom"], False),
        (("", ""), ["Nom", "Tél"], False),
    ],
)
def test_row_repeats_the_header_when_most_names_stand_there_again(header, row, repeats):
    layout = Layout(0, {str(at): at for at in range(len(header))}, header)
    assert layout.is_header(row) is repeats
