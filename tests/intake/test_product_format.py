"""Product cells of sources whose order of parts a person has told."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commanda.intake.offers import split_offer
from commanda.intake.product_format import (
    AUTOMATIC,
    ITEM_SEPARATORS,
    PARTS,
    SEPARATORS,
    ProductFormat,
    make_format,
    read_pairs,
)
from commanda.intake.product_text import ParsedItem, parse_products, wording
from commanda.kernel.text import strip_marks
from tests.intake.test_product_text import MATCHER

OFFERS = ProductFormat("slash", ("product", "offer", "size", "color"))


@pytest.mark.parametrize(
    ("layout", "text", "variant", "quantity", "amount"),
    [
        (OFFERS, "SDL FEM YZ86 / 2 pcs à 398 dh / 38 / Beige", 1, 2, Decimal(398)),
        (OFFERS, "SDL FEM YZ86 / 2 / Taille 39 / بيج", 2, 2, None),
        (OFFERS, "SDL FEM YZ86 // 38 / Noir", 3, None, None),
        (ProductFormat("slash", ("product", "color", "ignore")), "SDL FEM YZ86 38/Beige/بيــج", 1, None, None),
        (ProductFormat("dash", ("size", "color", "product")), "38 - Noir - SDL FEM YZ86", 3, None, None),
        (ProductFormat("pipe", ("sku", "quantity", "price")), "SAC-N | 3 | 450 DH", 6, 3, Decimal(450)),
        (ProductFormat("comma", ("ignore", "product", "color")), "Promo, Sac Zellij, rouge", 5, None, None),
        (ProductFormat("newline", ("product", "color")), "Sac Zellij\nNoir", 6, None, None),
        # Written otherwise than told: read by itself.
        (OFFERS, "Montre Atlas x2", 4, 2, None),
        (ProductFormat("slash", ("product", "quantity")), "SDL FEM YZ86 38/Beige/بيــج", 1, None, None),
    ],
)
def test_product_is_found_when_the_parts_stand_as_told(
    layout: ProductFormat, text: str, variant: int, quantity: int | None, amount: Decimal | None
) -> None:
    (item,) = parse_products(text, MATCHER, layout=layout)
    assert (item.variant_id, item.quantity, item.amount) == (variant, quantity, amount)
    assert item.text == strip_marks(text)


def test_parts_in_strange_order_are_not_read_without_being_told() -> None:
    text = "38 - Noir - SDL FEM YZ86 - promo"
    (item,) = parse_products(text, MATCHER)
    assert item.variant_id is None
    told = ProductFormat("dash", ("size", "color", "product", "ignore"))
    (item,) = parse_products(text, MATCHER, layout=told)
    assert item.variant_id == 3


def test_products_are_parted_when_the_mark_between_them_is_told() -> None:
    layout = ProductFormat("slash", ("product", "offer", "color"), "comma")
    items = parse_products("Sac Zellij / x2 / Noir, Montre Atlas, Inconnu / 1 / Bleu", MATCHER, layout=layout)
    assert [(item.text, item.variant_id, item.quantity) for item in items] == [
        ("Sac Zellij / x2 / Noir", 6, 2),
        ("Montre Atlas", 4, None),
        ("Inconnu / 1 / Bleu", None, 1),
    ]


def test_columns_complete_what_the_cell_leaves_out() -> None:
    (item,) = parse_products("SDL FEM YZ86 / x1", MATCHER, size="38", color="Noir", layout=OFFERS)
    assert item.variant_id == 3


@pytest.mark.parametrize(
    ("text", "name", "quantity"),
    [
        ("Montre Atlas Pack 3 + 1", "Montre Atlas", 4),
        ("Pack 2+1 gratuit Montre Atlas", "Montre Atlas", 3),
        ("Montre Atlas 2+1", "Montre Atlas", 3),
        ("Montre Atlas 1 + 1 مجانا", "Montre Atlas", 2),
        ("Sac 1 + 2", "Sac 1 + 2", None),
        ("Samsung A12+128", "Samsung A12+128", None),
    ],
)
def test_free_pieces_are_counted_when_the_offer_says_so(text: str, name: str, quantity: int | None) -> None:
    offer = split_offer(text)
    assert (offer.text, offer.quantity) == (name, quantity)


def test_items_are_read_when_the_cell_names_each_thing() -> None:
    items = parse_products(
        "name:Montre Atlas|product_id:3|sku:MTR-01|quantity:2|total:398.00\n"
        "name:Sac Zellij - Noir|sku:|quantity:1|total:0",
        MATCHER,
    )
    assert [(item.variant_id, item.quantity, item.amount) for item in items] == [
        (4, 2, Decimal("398.00")),
        (6, 1, Decimal("0.00")),
    ]
    assert read_pairs("Montre | taille: 38") == ()


def test_words_to_remember_are_those_of_the_variant() -> None:
    assert wording("YZ99 / 2 pcs à 398 dh / 38 / Beige", OFFERS).wording == "YZ99 Beige 38"
    assert wording("2 pcs YZ99 à 199 dh").wording == "YZ99"
    assert wording("Tout autre chose").wording == "Tout autre chose"


@pytest.mark.parametrize(
    ("separator", "parts", "between"),
    [("tab", (), ""), ("", (), "slash"), ("slash", ("hair",), ""), ("slash", ("ignore",) * 7, "")],
)
def test_format_is_refused_when_it_names_what_does_not_exist(
    separator: str, parts: tuple[str, ...], between: str
) -> None:
    with pytest.raises(ValueError, match=r"unknown|more than"):
        make_format(separator, parts, between)


def test_format_survives_when_written_as_json() -> None:
    assert ProductFormat.from_json(OFFERS.to_json()) == OFFERS
    assert not AUTOMATIC
    assert OFFERS


FORMATS = st.builds(
    make_format,
    st.sampled_from(["", *SEPARATORS]),
    st.lists(st.sampled_from(PARTS), max_size=6),
    st.sampled_from(["", *ITEM_SEPARATORS]),
)
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            ["Sac Zellij", "Noir", "38", "2 pcs", "à 199 dh", "/", " - ", "|", ",", "+", "\n", "name:x|quantity:2"]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


def is_unknown_beside_known(item: ParsedItem, text: str) -> bool:
    """The row waits as a whole; the item names the one of several products that keeps it waiting."""
    others = [part.strip() for part in re.split(r"[\n+;|]", text) if part.strip() not in {"", item.text.strip()}]
    return item.variant_id is None and any(parse_products(part, MATCHER)[0].variant_id for part in others)


@given(TEXTS, FORMATS)
@example("SAC/ZELLIJ/NOIR|N", ProductFormat())
def test_nothing_is_lost_and_nothing_raises_whatever_the_cell_and_its_format(text: str, layout: ProductFormat) -> None:
    items = parse_products(text, MATCHER, layout=layout)
    assert items
    clean = strip_marks(text)
    assert all(item.text in clean for item in items)
    if len(items) == 1 and not layout.between:
        assert items[0].text.strip() == clean.strip() or is_unknown_beside_known(items[0], clean)
    assert all(item.variant_id is not None or item.problem for item in items)
    assert all(item.quantity is None or 1 <= item.quantity <= 999 for item in items)
    wording(text, layout)


@given(st.text(max_size=120))
def test_offer_is_part_of_its_text(text: str) -> None:
    offer = split_offer(text)
    assert offer.quantity is None or 1 <= offer.quantity <= 20
    if offer.quantity is None and offer.amount is None:
        assert offer.text == text
