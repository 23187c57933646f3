"""Cleaning of rows: the dirt measured in real sheets, imitated with invented people and numbers."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.customers.city_names import CityIndex, load_cities
from commanda.intake.cleaning import PROBLEMS, CleaningContext, CleanRow, Problem, Severity, clean_row
from commanda.intake.mapping import FIELDS
from commanda.intake.matching import ProductMatcher, VariantRow

CITIES = list(load_cities())
RABAT = next(number for number, city in enumerate(CITIES) if city.slug == "rabat")
INDEX = CityIndex((spelling, number) for number, city in enumerate(CITIES) for spelling in city.spellings)
MATCHER = ProductMatcher(
    [
        VariantRow(1, 10, "Montre Atlas", "MTR"),
        VariantRow(2, 11, "Sac Zellij", "SAC-R", "Rouge"),
        VariantRow(3, 11, "Sac Zellij", "SAC-N", "Noir"),
        VariantRow(4, 12, "Lampe Rif", "LMP", is_sold=False),
    ],
    [],
)
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
CONTEXT = CleaningContext(INDEX, MATCHER, now=NOW)
GOOD: dict[str, Any] = {
    "external_id": "CM-1",
    "ordered_at": "01/05/2026 10:00",
    "name": "Amine Tahiri",
    "phone": "06-12-34-56-78",
    "city": "Rabat",
    "address": "Hay Riad 12",
    "product": "Montre Atlas",
    "quantity": "1",
    "total_price": "199 DH",
}


def clean(context: CleaningContext = CONTEXT, **cells: Any) -> CleanRow:
    return clean_row({**GOOD, **cells}, context, row_number=7)


def codes(row: CleanRow) -> list[str]:
    return [problem.code for problem in row.problems]


def only(row: CleanRow) -> Problem:
    (problem,) = row.problems
    return problem


def test_row_is_clean_when_everything_is_right() -> None:
    row = clean()
    assert row.problems == ()
    assert not row.is_rejected
    assert row.phone is not None
    assert row.phone.e164 == "+212612345678"
    assert (row.row_number, row.external_id, row.name, row.city_id) == (7, "CM-1", "Amine Tahiri", RABAT)
    assert row.ordered_at == dt.datetime(2026, 5, 1, 9, tzinfo=dt.UTC)
    assert row.total_amount == Decimal("199.00")
    assert [(item.variant_id, item.quantity) for item in row.items] == [(1, 1)]


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"phone": ""}, "phone", "phone_empty"),
        ({"phone": "#ERROR!"}, "phone", "phone_formula_error"),
        ({"phone": "2.12612E+11"}, "phone", "phone_lost_digits"),
        ({"phone": "06123"}, "phone", "phone_too_short"),
        ({"phone": "0612345678912"}, "phone", "phone_too_long"),
        ({"phone": "+33612345678"}, "phone", "phone_not_moroccan"),
        ({"phone": "non"}, "phone", "phone_invalid"),
        ({"phone": "0612345678 / 0712345678"}, "phone", "phone_two_numbers"),
        ({"product": ""}, "product", "product_empty"),
        ({"product": "Chaise"}, "product", "unknown_product"),
        ({"product": "Sac Zellij"}, "product", "variant_unclear"),
        ({"product": "Lampe Rif"}, "product", "not_sold"),
        ({"quantity": "0"}, "quantity", "quantity_not_positive"),
        ({"quantity": -2}, "quantity", "quantity_not_positive"),
        ({"quantity": "1000"}, "quantity", "quantity_too_large"),
        ({"quantity": "99999999999999"}, "quantity", "quantity_too_large"),
        ({"quantity": "deux ou trois"}, "quantity", "quantity_unreadable"),
        ({"quantity": "1,5"}, "quantity", "quantity_unreadable"),
        ({"quantity": Decimal("1.5")}, "quantity", "quantity_unreadable"),
        ({"total_price": "-199"}, "total_price", "price_negative"),
        ({"total_price": 10**9}, "total_price", "price_too_large"),
        ({"total_price": "cher"}, "total_price", "price_unreadable"),
        ({"total_price": "#VALUE!"}, "total_price", "price_formula_error"),
        ({"total_price": "20 €"}, "total_price", "price_currency"),
        ({"unit_price": "abc"}, "unit_price", "price_unreadable"),
        ({"ordered_at": "hier"}, "ordered_at", "date_unreadable"),
        ({"ordered_at": "05/25/2026"}, "ordered_at", "date_month_first"),
        ({"ordered_at": "01/05/1926"}, "ordered_at", "date_out_of_range"),
    ],
)
def test_row_is_rejected_with_its_reason_when_a_cell_is_wrong(cells: dict[str, Any], field: str, code: str) -> None:
    problem = only(clean(**cells))
    assert (problem.field, problem.code) == (field, code)
    assert problem.severity is Severity.REJECT
    assert "%(" not in problem.message
    assert "?" not in problem.message
    assert problem.what_to_do


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"name": ""}, "name", "name_empty"),
        ({"name": "A" * 50_000}, "name", "text_too_long"),
        ({"name": "<script>alert(1)</script>"}, "name", "html_text"),
        ({"name": '=HYPERLINK("http://127.0.0.1";"x")'}, "name", "formula_text"),
        ({"address": "@SUM(A1)"}, "address", "formula_text"),
        ({"note": "+cmd|'/c calc'!A0"}, "note", "formula_text"),
        ({"note": "#REF!"}, "note", "cell_error"),
        ({"external_id": "#N/A"}, "external_id", "cell_error"),
        ({"external_id": "x" * 500}, "external_id", "text_too_long"),
        ({"city": "Kazablnka"}, "city", "city_unknown"),
        ({"city": "", "address": "rue 12"}, "city", "city_empty"),
        ({"city": "", "address": "rue 12 Rabat"}, "city", "city_from_address"),
        ({"phone2": "123"}, "phone2", "phone2_unreadable"),
        ({"total_price": ""}, "total_price", "price_empty"),
        ({"total_price": "0"}, "total_price", "price_zero"),
    ],
)
def test_row_passes_with_a_warning_when_a_cell_is_doubtful(cells: dict[str, Any], field: str, code: str) -> None:
    row = clean(**cells)
    problem = only(row)
    assert (problem.field, problem.code) == (field, code)
    assert problem.severity is Severity.WARN
    assert not row.is_rejected
    assert "%(" not in problem.message


def test_texts_are_kept_as_text_when_they_hold_formulas_or_html() -> None:
    row = clean(name='=HYPERLINK("http://127.0.0.1")', address="<b>Rue</b> 1", note="-10% promis")
    assert row.name == '=HYPERLINK("http://127.0.0.1")'
    assert row.address == "<b>Rue</b> 1"
    assert row.note == "-10% promis"
    assert codes(row) == ["formula_text", "html_text"]


def test_long_name_is_cut_when_it_exceeds_the_column() -> None:
    assert len(clean(name="é" * 50_000).name) == 200


def test_long_order_numbers_stay_different_when_cut() -> None:
    first, second = clean(external_id="x" * 400 + "1"), clean(external_id="x" * 400 + "2")
    assert first.external_id != second.external_id
    assert len(first.external_id) == 100


def test_both_numbers_are_offered_when_phone_cell_holds_two() -> None:
    problem = only(clean(phone="0612345678 / 0712345678"))
    assert [(each.value, each.label) for each in problem.suggestions] == [
        ("0612345678", "06 12 34 56 78"),
        ("0712345678", "07 12 34 56 78"),
    ]


def test_nearest_products_are_offered_when_product_is_unknown() -> None:
    problem = only(clean(product="Montre Atlass"))
    assert problem.suggestions[0].value == 1
    assert problem.params["value"] == "Montre Atlass"


def test_nearest_cities_are_offered_when_city_is_unknown() -> None:
    row = clean(city="Rabaat")
    assert only(row).suggestions[0].value == RABAT
    assert row.city_id is None
    assert row.city_text == "Rabaat"


def test_city_of_the_address_is_only_offered_when_city_is_empty() -> None:
    row = clean(city="", address="Hay Riad, Rabat")
    assert row.city_id is None
    assert only(row).suggestions[0].value == RABAT


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"name": "Amine\u200f0612345678", "phone": "0612345678"}, "Amine"),
        ({"name": "", "phone": "\u200fأمين 0612345678"}, "أمين"),
        ({"name": "", "first_name": "Sara", "last_name": "Benali"}, "Sara Benali"),
        ({"name": "", "first_name": "Sara"}, "Sara"),
        ({"name": "\u202aسارة\u202c"}, "سارة"),
        ({"name": "Amine 2"}, "Amine 2"),
    ],
)
def test_name_is_parted_from_the_phone_when_glued(cells: dict[str, Any], name: str) -> None:
    row = clean(**cells)
    assert row.name == name
    assert row.problems == ()


def test_phone_is_taken_from_the_name_when_its_cell_is_empty() -> None:
    row = clean(name="Amine 0612345678", phone="")
    assert row.phone is not None
    assert row.phone.national == "0612345678"
    assert row.name == "Amine"
    assert codes(row) == ["phone_from_name"]


def test_label_before_a_phone_is_no_name_when_name_is_empty() -> None:
    assert codes(clean(name="", phone="Tél: 0612345678")) == ["name_empty"]


def test_numbers_are_read_when_cells_are_typed() -> None:
    row = clean(phone=612345678, quantity=2, total_price=Decimal("398.5"), ordered_at=46143, external_id=1001)
    assert row.problems == ()
    assert row.external_id == "1001"
    assert row.items[0].quantity == 2
    assert row.total_amount == Decimal("398.50")


def test_floats_are_read_exactly_when_a_reader_leaves_them() -> None:
    row = clean(phone=612345678.0, quantity=2.0, total_price=398.1)
    assert row.problems == ()
    assert row.total_amount == Decimal("398.10")


@pytest.mark.parametrize(
    ("quantity", "expected"), [("", 1), ("2", 2), ("2 pcs", 2), ("x3", 3), ("٤", 4), ("2,0", 2), ("قطعتين", 2)]
)
def test_quantity_is_read_when_written_in_words(quantity: str, expected: int) -> None:
    row = clean(quantity=quantity)
    assert row.problems == ()
    assert row.items[0].quantity == expected


def test_offer_in_the_text_gives_quantity_and_price_when_columns_do_not() -> None:
    row = clean(product="Montre Atlas 2 pcs à 350 dh", quantity="", total_price="")
    assert row.problems == ()
    assert (row.items[0].quantity, row.items[0].offer_amount, row.items[0].amount) == (
        2,
        Decimal("350.00"),
        Decimal("350.00"),
    )


def test_offer_quantity_wins_when_the_column_says_one() -> None:
    assert clean(product="Montre Atlas 2 pcs", quantity="1").items[0].quantity == 2
    assert clean(product="Montre Atlas 2 pcs", quantity="4").items[0].quantity == 4


def test_unit_price_is_kept_apart_when_mapped() -> None:
    row = clean(unit_price="199", quantity="2", total_price="")
    assert row.total_amount is None
    assert (row.items[0].unit_amount, row.items[0].amount) == (Decimal("199.00"), Decimal("398.00"))


def test_centimes_are_divided_when_source_says_so() -> None:
    context = CleaningContext(INDEX, MATCHER, centimes=True, now=NOW)
    assert clean(context, total_price=19900).total_amount == Decimal("199.00")
    assert clean(context, total_price="19 900").total_amount == Decimal("199.00")


def test_defaults_fill_empty_cells_when_set() -> None:
    context = CleaningContext(
        INDEX, MATCHER, defaults={"product": "Montre Atlas", "store": "Zellij", "city": "Rabat"}, now=NOW
    )
    row = clean(context, product="", city="", store="Autre")
    assert row.problems == ()
    assert (row.items[0].variant_id, row.city_id, row.store) == (1, RABAT, "Autre")
    assert clean(context, product="2 pcs à 350 dh").items[0].variant_id == 1


@pytest.mark.parametrize(
    ("quantity", "expected"), [("", [1, 1]), ("1", [1, 1]), ("2", [1, 1]), ("1+3", [1, 3]), ("2\n1", [2, 1])]
)
def test_quantities_are_shared_when_cell_joins_products(quantity: str, expected: list[int]) -> None:
    row = clean(product="Montre Atlas + Sac Zellij Rouge", quantity=quantity)
    assert row.problems == ()
    assert [item.variant_id for item in row.items] == [1, 2]
    assert [item.quantity for item in row.items] == expected


def test_row_is_rejected_when_one_quantity_cannot_be_shared() -> None:
    assert codes(clean(product="Montre Atlas + Sac Zellij Rouge", quantity="5")) == ["quantity_ambiguous"]


def test_all_problems_are_told_at_once_when_several_cells_are_wrong() -> None:
    row = clean(phone="", product="Chaise", quantity="-1", total_price="x", ordered_at="1926-01-01", city="")
    assert set(codes(row)) == {
        "phone_empty",
        "unknown_product",
        "quantity_not_positive",
        "price_unreadable",
        "date_out_of_range",
        "city_empty",
    }


def test_problem_survives_when_written_as_json() -> None:
    problem = only(clean(phone="0612345678 / 0712345678"))
    assert Problem.from_json(problem.to_json()) == problem


def test_message_shows_a_gap_when_a_param_is_missing() -> None:
    assert "?" in Problem("phone", "phone_too_short").message


def test_every_problem_has_both_texts_when_listed() -> None:
    for code, text in PROBLEMS.items():
        assert str(text.message), code
        assert str(text.what_to_do), code


ANY_CELL = (
    st.none()
    | st.text()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.booleans()
    | st.datetimes()
    | st.dates()
    | st.sampled_from(["#ERROR!", "=1+1", "<b>", "\u200f", "0612345678", "199 DH", "2 pcs", "٢", "'", "🙂"])
)


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_CELL))
def test_cleaning_never_raises_when_cells_are_any(cells: dict[str, Any]) -> None:
    row = clean_row(cells, CONTEXT)
    for problem in row.problems:
        assert problem.code in PROBLEMS
        assert problem.message
    assert row.is_rejected or row.phone is not None
    assert row.is_rejected or row.items
    assert all(1 <= item.quantity <= 999 for item in row.items)
