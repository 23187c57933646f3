from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.kernel.money import MAX_AMOUNT, AmountProblem, format_mad, parse_amount, quantize


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("199", "199.00"),
        ("199,00", "199.00"),
        ("199.5", "199.50"),
        ("199 DH", "199.00"),
        ("199dhs", "199.00"),
        ("199 Dirhams", "199.00"),
        ("DH 199", "199.00"),
        ("199 د.م.", "199.00"),
        ("١٩٩ درهم", "199.00"),
        ("١٬٢٩٩٫٥٠", "1299.50"),
        ("1 299,00 MAD", "1299.00"),
        ("1\u202f299,00\u00a0MAD", "1299.00"),
        ("1.299,00", "1299.00"),
        ("1,299.00", "1299.00"),
        ("1.299", "1299.00"),
        ("1,299", "1299.00"),
        ("1.000.000,00", "1000000.00"),
        ("0.500", "0.50"),
        ("0,5", "0.50"),
        (".5", "0.50"),
        ("199,-", "199.00"),
        ("199.", "199.00"),
        ("+199", "199.00"),
        ("'199", "199.00"),
        ("1'299", "1299.00"),
        ("0", "0.00"),
        ("199.005", "199005.00"),
        (199, "199.00"),
        (Decimal("66.665"), "66.67"),
    ],
)
def test_parse_amount_reads_dirhams_when_shape_differs(typed: str | int | Decimal, amount: str) -> None:
    assert str(parse_amount(typed)) == amount


def test_parse_amount_divides_when_source_counts_centimes() -> None:
    assert parse_amount("19900", centimes=True) == Decimal("199.00")
    assert parse_amount(29950, centimes=True) == Decimal("299.50")
    assert parse_amount("100000000", centimes=True) == MAX_AMOUNT


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "empty"),
        (" \u200f ", "empty"),
        ("#VALUE!", "formula_error"),
        ("abc", "unreadable"),
        ("199 / 299", "unreadable"),
        ("1,2,3", "unreadable"),
        ("1.29,90.00", "unreadable"),
        ("12.34,567", "unreadable"),
        ("1e5", "unreadable"),
        ("NaN", "unreadable"),
        ("=1+1", "unreadable"),
        (Decimal("NaN"), "unreadable"),
        (Decimal("Infinity"), "unreadable"),
        ("-199", "negative"),
        ("−199 DH", "negative"),
        (-1, "negative"),
        ("1000000.01", "too_large"),
        ("9" * 50, "too_large"),
        ("9" * 500, "unreadable"),
        (10**400, "too_large"),
        ("1.234.567,5", "too_large"),
        ("199 €", "currency"),
        ("20 USD", "currency"),
    ],
)
def test_parse_amount_names_the_reason_when_unusable(typed: str | int | Decimal, code: str) -> None:
    with pytest.raises(AmountProblem) as caught:
        parse_amount(typed)
    assert caught.value.code == code


@given(st.decimals(min_value=0, max_value=1_000_000, places=2))
def test_parse_amount_reads_back_when_written_by_format_mad(amount: Decimal) -> None:
    assert parse_amount(format_mad(amount)) == amount


@given(st.text(alphabet=st.characters() | st.sampled_from("0123456789.,- ٠١DHdh")))
def test_parse_amount_raises_only_its_own_problem_when_text_is_any(text: str) -> None:
    try:
        amount = parse_amount(text)
    except AmountProblem:
        return
    assert 0 <= amount <= MAX_AMOUNT
    assert amount.as_tuple().exponent == -2


def test_format_mad_groups_with_narrow_spaces_when_thousands() -> None:
    assert format_mad(Decimal("1234.5")) == "1\u202f234,50\u00a0DH"
    assert format_mad(Decimal("-1234567.899")) == "-1\u202f234\u202f567,90\u00a0DH"
    assert format_mad(Decimal(0)) == "0,00\u00a0DH"


def test_quantize_rounds_halves_up_when_between_centimes() -> None:
    assert quantize(Decimal("0.005")) == Decimal("0.01")
    assert quantize(Decimal("-0.005")) == Decimal("-0.01")
