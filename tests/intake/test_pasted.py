"""Cells copied out of spreadsheets, as browsers paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.intake.readers import CsvReader
from commanda.intake.readers.base import ReadProblem
from commanda.intake.readers.pasted import MAX_CHARACTERS, pasted_sheet


def rows(text):
    return list(CsvReader(pasted_sheet(text)).rows())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nom\tTél\nAmal\t0612", [["Nom", "Tél"], ["Amal", "0612"]]),
        ("Nom\tTél\r\nAmal\t0612\r\n", [["Nom", "Tél"], ["Amal", "0612"]]),
        ('Nom\tNote\nAmal\t"deux\nlignes"\nAli\tx', [["Nom", "Note"], ["Amal", "deux\nlignes"], ["Ali", "x"]]),
        ('a\t"dit ""oui"""\nb\tc', [["a", 'dit "oui"'], ["b", "c"]]),
        ('a\t24" écran\nb\tc', [["a", '24" écran'], ["b", "c"]]),
        ('a\t"jamais fermé\nb\tc', [["a", '"jamais fermé'], ["b", "c"]]),
        ("a\t1,5\nb\t2,5", [["a", "1,5"], ["b", "2,5"]]),
        ("a;b\n1;2", [["a", "b"], ["1", "2"]]),
        ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
        ("الاسم\tالهاتف\nسارة\t٠٦١٢", [["الاسم", "الهاتف"], ["سارة", "٠٦١٢"]]),
        ("\t\tx\n\ta", [["", "", "x"], ["", "a"]]),
    ],
)
def test_cells_are_as_they_were_copied(text, expected):
    assert rows(text) == expected


@pytest.mark.parametrize("text", ["", " \n\t \n", "\0"])
def test_nothing_is_told_when_nothing_was_pasted(text):
    with pytest.raises(ReadProblem) as told:
        pasted_sheet(text)
    assert told.value.code == "empty"


def test_limit_is_told_when_too_much_was_pasted():
    with pytest.raises(ReadProblem) as told:
        pasted_sheet("x" * (MAX_CHARACTERS + 1))
    assert told.value.code == "too_large"


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=4), min_size=1))
def test_no_text_is_lost_when_plain_cells_are_pasted(cells):
    text = "\n".join("\t".join(row) for row in cells)
    if not text.strip():
        return
    pasted = pasted_sheet(text).decode()
    for row in cells:
        for cell in row:
            assert cell.replace('"', "") in pasted.replace('"', "")
