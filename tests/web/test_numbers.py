"""Numbers out of forms and addresses: only what a column of the database holds."""

import pytest

from commanda.web.numbers import number_or_none, numbers_of


@pytest.mark.parametrize("text", [None, "", "²", "٣", "-1", "1.5", " 7", "9" * 19, "9" * 5000])
def test_number_is_none_when_no_column_holds_it(text: str | None) -> None:
    assert number_or_none(text) is None


def test_number_is_read_when_it_is_one() -> None:
    assert number_or_none("007") == 7


def test_each_number_stands_once_when_a_form_repeats_it() -> None:
    assert numbers_of(["3", "x", "1", "3"]) == [3, 1]
