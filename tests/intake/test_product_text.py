"""Product cells as sheets write them, against a small invented catalogue."""

from decimal import Decimal

import pytest

from commanda.intake.matching import ProductMatcher, VariantRow
from commanda.intake.product_text import parse_products, split_offer, split_options

MATCHER = ProductMatcher(
    [
        VariantRow(1, 10, "SDL FEM YZ86", "YZ86-38-BG", "Beige", "38"),
        VariantRow(2, 10, "SDL FEM YZ86", "YZ86-39-BG", "Beige", "39"),
        VariantRow(3, 10, "SDL FEM YZ86", "YZ86-38-NR", "Noir", "38"),
        VariantRow(4, 11, "Montre Atlas", "MTR-01"),
        VariantRow(5, 12, "Sac Zellij", "SAC-R", "Rouge"),
        VariantRow(6, 12, "Sac Zellij", "SAC-N", "Noir"),
        VariantRow(7, 13, "Drap 160x200", "DRAP"),
        VariantRow(8, 14, "Pack 2 savons", "SAV2"),
        VariantRow(9, 15, "Lampe Rif", "LMP", is_sold=False),
    ],
    [("ساعه اطلس", 4), ("montre homme", 4)],
)


def ids(text: str, **more: str) -> list[int | None]:
    return [item.variant_id for item in parse_products(text, MATCHER, **more)]


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("Montre Atlas", 4),
        ("MTR-01", 4),
        ("mtr 01", 4),
        ("ساعة أطلس", 4),
        ("MONTRE HOMME", 4),
        ("SDL FEM YZ86 38/Beige/بيــج", 1),
        ("SDL FEM YZ86 39 / بيج", 2),
        ("SDL FEM YZ86 - Noir - 38", 3),
        ("SDL FEM YZ86 (taille 38, couleur black)", 3),
        ("YZ86-38-NR", 3),
        ("Sac Zellij red", 5),
        ("Sac Zellij / أسود", 6),
        ("Drap 160x200", 7),
        ("Pack 2 savons", 8),
        ("Montre Atlas x2", 4),
        ("2x Montre Atlas", 4),
        ("2 pcs Montre Atlas à 199 dh", 4),
        ("Sac Zellij Rouge (2 pièces)", 5),
    ],
)
def test_one_product_is_found_when_text_has_options_or_offers(text: str, variant: int) -> None:
    assert ids(text) == [variant]


def test_columns_complete_the_text_when_it_lacks_the_options() -> None:
    assert ids("SDL FEM YZ86", color="بيج", size="39") == [2]
    assert ids("SDL FEM YZ86", color="Black", size="38") == [3]
    assert ids("", sku="SAC-N") == [6]
    assert ids("n'importe quoi", sku="SAC-N") == [6]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Chaise Souss", "unknown_product"),
        ("Sac Zellij", "variant_unclear"),
        ("SDL FEM YZ86 38", "variant_unclear"),
        ("Lampe Rif", "not_sold"),
        ("Sac Zellij Noir/Rouge", "unknown_product"),
        ("=HYPERLINK(1)", "unknown_product"),
        ("Montre", "unknown_product"),
    ],
)
def test_nothing_is_guessed_when_text_is_unclear(text: str, problem: str) -> None:
    (item,) = parse_products(text, MATCHER)
    assert item.variant_id is None
    assert item.problem == problem
    assert item.text == text


@pytest.mark.parametrize(
    ("text", "variants"),
    [
        ("Montre Atlas + Sac Zellij Rouge", [4, 5]),
        ("Montre Atlas\nSac Zellij noir", [4, 6]),
        ("Montre Atlas; MTR-01", [4, 4]),
        ("Montre Atlas, Drap 160x200", [4, 7]),
        ("Montre Atlas & Pack 2 savons", [4, 8]),
        ("Montre Atlas et Drap 160x200", [4, 7]),
        ("ساعة أطلس و Drap 160x200", [4, 7]),
    ],
)
def test_every_product_is_found_when_cell_joins_several(text: str, variants: list[int]) -> None:
    assert ids(text) == variants


def test_quantities_belong_to_their_parts_when_cell_joins_several() -> None:
    first, second = parse_products("2x Montre Atlas + 3 pcs Sac Zellij Rouge", MATCHER)
    assert (first.variant_id, first.quantity) == (4, 2)
    assert (second.variant_id, second.quantity) == (5, 3)


def test_joined_cell_is_unknown_when_one_part_is() -> None:
    (item,) = parse_products("Montre Atlas + Chaise Souss", MATCHER)
    assert item.variant_id is None
    assert item.text == "Chaise Souss"


def test_skus_are_shared_out_when_both_cells_are_joined() -> None:
    assert ids("Article un + Article deux", sku="MTR-01 + SAC-R") == [4, 5]


def test_default_product_is_taken_when_cell_tells_only_an_offer() -> None:
    (item,) = parse_products("2 pcs à 199 dh", MATCHER, default="Montre Atlas")
    assert (item.variant_id, item.quantity, item.amount) == (4, 2, Decimal("199.00"))
    assert ids("2 pcs à 199 dh") == [None]


@pytest.mark.parametrize(
    ("text", "rest", "quantity", "amount"),
    [
        ("Montre", "Montre", None, None),
        ("Montre x2", "Montre", 2, None),
        ("Montre (x 3)", "Montre", 3, None),
        ("3 × Montre", "Montre", 3, None),
        ("Montre 2 pièces = 1 299,00 MAD", "Montre", 2, "1299.00"),
        ("2 قطع ب 299 درهم", "", 2, "299.00"),
        ("قطعتين من الساعة", "من الساعة", 2, None),
        ("٢ قطع", "", 2, None),
        ("Drap 160x200", "Drap 160x200", None, None),
        ("Drap 160 x 200", "Drap 160 x 200", None, None),
        ("Montre 199dh", "Montre", None, "199.00"),
        ("Écran 24 pouces", "Écran 24 pouces", None, None),
        ("iPhone X 64", "iPhone X 64", None, None),
    ],
)
def test_split_offer_parts_quantity_and_price_when_present(
    text: str, rest: str, quantity: int | None, amount: str | None
) -> None:
    item = split_offer(text)
    assert (item.text, item.quantity) == (rest, quantity)
    assert item.amount == (Decimal(amount) if amount else None)


def test_split_options_takes_colours_and_sizes_when_at_the_end() -> None:
    assert split_options("SDL FEM YZ86 38/Beige/بيــج") == ("sdl fem yz86", ["beige", "بيج"], ["38"])
    assert split_options("Robe bleu marine taille XL") == ("robe", ["bleu marine"], ["xl"])
    assert split_options("Noir") == ("", ["noir"], [])
    assert split_options("Montre Atlas") == ("montre atlas", [], [])


def test_parsing_stays_bounded_when_cell_is_huge() -> None:
    assert ids("+".join(["Montre Atlas"] * 5_000)) == [None]
    assert ids("x2 " * 20_000) == [None]
    assert ids("1" * 50_000) == [None]
