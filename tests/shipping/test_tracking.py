import pytest

from commanda.kernel.errors import Invalid
from commanda.shipping.tracking import MAX_NUMBERS, normal_number, read_assignments, split_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ab-12 ", "AB-12"),
        ("AB 12\u200f34", "AB1234"),
        ("٠١٢٣٤٥", "012345"),
        ("'000123", "000123"),
        ("#CM-000123", "CM-000123"),
        ("", ""),
    ],
)
def test_number_takes_its_normal_form_when_typed_differently(text, expected):
    assert normal_number(text) == expected


@pytest.mark.parametrize("text", ["=1+1", "ab<script>", "رقم", "A" * 61, "-12"])
def test_number_is_refused_when_it_can_be_none(text):
    with pytest.raises(Invalid):
        normal_number(text)


def test_words_keep_their_order_when_separated_in_any_way():
    text = "A1, a2;A3\n\nA4\tA5|A6،A7 ؛ A8 A1"
    assert split_numbers(text) == ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A1"]


@pytest.mark.parametrize("text", ["", " ,;\n", "X " * (MAX_NUMBERS + 1), "X" * 200_001])
def test_text_is_refused_when_it_holds_nothing_or_too_much(text):
    with pytest.raises(Invalid):
        split_numbers(text)


def test_lines_give_numbers_to_references_or_in_order():
    assert read_assignments("CM-000001 a1\ncm-000002;A2\n").by_reference == {"CM-000001": "A1", "CM-000002": "A2"}
    assert read_assignments("a1\n\nA2").bare == ["A1", "A2"]


@pytest.mark.parametrize("text", ["CM-1 A1 B2", "CM-1 A1\nA2", "CM-1 A1\nCM-1 A2", "CM-1 =1"])
def test_lines_are_refused_when_they_can_be_read_in_two_ways(text):
    with pytest.raises(Invalid):
        read_assignments(text)
