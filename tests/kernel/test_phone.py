"""Moroccan phones in every shape seen in real sheets. All numbers are invented."""

import contextlib
import time

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.kernel.phone import PhoneProblem, format_phone, parse_phone, split_name_and_phone

ONE = "+212612345678"


@pytest.mark.parametrize(
    "raw",
    [
        "0612345678",
        "06-12-34-56-78",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06/12/34/56/78",
        "06_12_34_56_78",
        "612345678",
        "612345678.0",
        "6.12345678E+8",
        "212612345678",
        "2.12612345678E+11",
        "00212612345678",
        "00 212 6 12 34 56 78",
        "+212612345678",
        "+212 6 12-34-56-78",
        "+2120612345678",
        "2120612345678",
        "+212 (0) 6 12 34 56 78",
        "(+212) 612345678",
        "'0612345678",
        "’0612345678",
        "\u200f0612345678\u200e",
        "\u202a+212 612‑345‑678\u202c",
        "٠٦١٢٣٤٥٦٧٨",
        "۰۶۱۲۳۴۵۶۷۸",
        "# 0612345678",
        "Tel: 0612345678",
        "Amine\u200f0612345678",
        "أمين 0612345678",
        "Amine 2 0612345678",
        "0612345678 / 0612345678",
        "0612345678 / +212612345678",
    ],
)
def test_parse_phone_gives_one_number_when_shape_differs(raw: str) -> None:
    phone = parse_phone(raw)
    assert phone.e164 == ONE
    assert phone.raw == raw
    assert phone.national == "0612345678"
    assert phone.display == "06 12 34 56 78"
    assert phone.is_mobile


@pytest.mark.parametrize(("raw", "e164"), [("0522123456", "+212522123456"), ("0808123456", "+212808123456")])
def test_parse_phone_accepts_fixed_lines_when_valid(raw: str, e164: str) -> None:
    phone = parse_phone(raw)
    assert phone.e164 == e164
    assert not phone.is_mobile


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        ("  -  ", "empty"),
        ("\u200f", "empty"),
        ("#ERROR!", "formula_error"),
        ("#N/A", "formula_error"),
        ("#REF!", "formula_error"),
        ("#NOM?", "formula_error"),
        ("#DIV/0!", "formula_error"),
        ("2.12612E+11", "lost_digits"),
        ("061234567", "too_short"),
        ("12", "too_short"),
        ("06123456789", "too_long"),
        ("06 12 34 56 78 9", "too_long"),
        ("0212612345678", "too_long"),
        ("0112345678", "invalid"),
        ("0512345678", "invalid"),
        ("pas de numéro", "invalid"),
        ("+33612345678", "not_moroccan"),
        ("0033612345678", "not_moroccan"),
    ],
)
def test_parse_phone_names_the_reason_when_it_is_no_phone(raw: str, code: str) -> None:
    with pytest.raises(PhoneProblem) as caught:
        parse_phone(raw)
    assert caught.value.code == code
    assert caught.value.raw == raw


@pytest.mark.parametrize(
    "raw",
    [
        "0612345678 / 0698765432",
        "0612345678/0698765432",
        "0612345678 ou 0698765432",
        "06-12-34-56-78\n06-98-76-54-32",
        "06 12 34 56 78 06 98 76 54 32",
        "06123456780698765432",
        "212612345678212698765432",
        "+212612345678+212698765432",
    ],
)
def test_parse_phone_offers_both_when_cell_holds_two(raw: str) -> None:
    with pytest.raises(PhoneProblem) as caught:
        parse_phone(raw)
    assert caught.value.code == "two_numbers"
    assert [phone.e164 for phone in caught.value.candidates] == [ONE, "+212698765432"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Amine Lahlou 0612345678", "Amine Lahlou"),
        ("\u200fأمين\u200f0612345678", "أمين"),
        ("0612345678 - Sara", "Sara"),
        ("Sara (0612345678)", "Sara"),
        ("Sara:+212 612 34 56 78", "Sara"),
        ("0612345678", ""),
    ],
)
def test_split_parts_name_from_phone_when_glued(text: str, name: str) -> None:
    found, phone = split_name_and_phone(text)
    assert found == name
    assert phone is not None
    assert phone.e164 == ONE


@pytest.mark.parametrize("text", ["Sara", "", "Sara 12", "0612345678 0698765432"])
def test_split_keeps_the_text_when_there_is_not_one_phone(text: str) -> None:
    assert split_name_and_phone(text) == (text, None)


def test_format_phone_keeps_foreign_numbers_when_not_moroccan() -> None:
    assert format_phone("+33612345678") == "+33612345678"
    assert format_phone(ONE) == "06 12 34 56 78"


@given(
    st.integers(min_value=600_000_000, max_value=699_999_999),
    st.sampled_from(["0{}", "{}", "212{}", "+2120{}"]),
)
def test_parse_phone_is_stable_when_its_own_output_is_read(number: int, shape: str) -> None:
    try:
        phone = parse_phone(shape.format(number))
    except PhoneProblem:
        return
    assert parse_phone(phone.e164).e164 == phone.e164
    assert parse_phone(phone.display).e164 == phone.e164
    assert parse_phone(phone.national).e164 == phone.e164


@given(st.text(alphabet=st.characters() | st.sampled_from("0123456789+-#٠٦")))
def test_parse_phone_raises_only_its_own_problem_when_text_is_any(text: str) -> None:
    try:
        phone = parse_phone(text)
    except PhoneProblem:
        return
    assert phone.e164.startswith("+212")
    assert len(phone.e164) == 13


@pytest.mark.parametrize("piece", ["-", "6", "06-", "212 ", "+", "("])
def test_parse_phone_stays_fast_when_the_cell_is_huge(piece: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(PhoneProblem):
        parse_phone(piece * 50_000)
    assert time.perf_counter() - started < 3


def test_kind_is_the_librarys_own_when_only_the_first_digits_are_asked_for():
    """Nine digits of every beginning, with ends of all sorts: the short cut says what the whole number says."""
    for start in range(50_000, 90_000):
        end = start * 7919 % 10_000
        number = phonenumbers.PhoneNumber(country_code=212, national_number=start * 10_000 + end)
        kind = phonenumbers.number_type(number)
        text = f"0{start}{end:04d}"
        if kind == phonenumbers.PhoneNumberType.UNKNOWN:
            with pytest.raises(PhoneProblem):
                parse_phone(text)
        else:
            assert parse_phone(text).is_mobile == (kind == phonenumbers.PhoneNumberType.MOBILE), text


@pytest.mark.parametrize("text", ["0612345678", "06 12 34 56 78", "06-12-34-56-78", "06 12-34 56-78"])
def test_usual_spelling_reads_like_any_other_when_words_stand_beside_it(text):
    assert parse_phone(text).e164 == parse_phone(f"{text} maison").e164 == "+212612345678"


@pytest.mark.parametrize("text", ["061234567.0", "0612345678 9", "0612345678-1"])
def test_usual_spelling_is_not_seen_when_there_is_more(text):
    with pytest.raises(PhoneProblem):
        parse_phone(text)
