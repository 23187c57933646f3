"""Folding and mark stripping: the search key everything else is compared by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.kernel.text import are_plain, fold, shorten, strip_marks, western_digits


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("  Béni-Mellal ", "beni mellal"),
        ("FÈS", "fes"),
        ("L’Hôpital d'Agadir", "l hopital d agadir"),
        ("أڭادير", fold("اكادير")),
        ("أݣادير", fold("أكادير")),
        ("إفران", "افران"),
        ("آسفي", "اسفي"),
        ("طَنْجَة", "طنجه"),
        ("طنجــة", "طنجه"),
        ("فاس العليا", "فاس العليا"),
        ("سلوى", "سلوي"),
        ("شُؤُون", "شوون"),
        ("٢٠٢٦ / ۱", "2026 1"),
        ("Œuf_frais", "oeuf frais"),
        ("***", ""),
        ("", ""),
    ],
)
def test_fold_gives_one_key_when_spellings_differ(typed: str, key: str) -> None:
    assert fold(typed) == key


@given(st.text())
def test_fold_is_idempotent_when_text_is_any(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_fold_leaves_no_outer_or_double_space_when_text_is_any(text: str) -> None:
    assert "  " not in fold(text)
    assert fold(text) == fold(text).strip()


@given(st.text())
def test_fold_ignores_case_when_text_is_ascii_or_accented(text: str) -> None:
    assert fold(text.encode("ascii", "ignore").decode().upper()) == fold(text.encode("ascii", "ignore").decode())


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("\u200f\u202aأمين\u202c", "أمين"),
        ("'0612345678", "0612345678"),
        ("\ufeffNom", "Nom"),
        ("a\u200bb\x00c", "abc"),
        ("a \t  b\r\nc", "a b\nc"),
        ("l'eau", "l'eau"),
        ("\u00a0x\u202f", "x"),
    ],
)
def test_strip_marks_removes_the_invisible_when_glued_to_text(typed: str, clean: str) -> None:
    assert strip_marks(typed) == clean


@given(st.text() | st.text(alphabet="a \t\n\r'é\u200fم\u00a0"))
def test_strip_marks_gives_the_same_when_an_invisible_mark_rules_the_short_cut_out(text: str) -> None:
    assert strip_marks("\u200e" + text) == strip_marks(text)


@given(st.text())
def test_strip_marks_is_idempotent_when_text_is_any(text: str) -> None:
    assert strip_marks(strip_marks(text)) == strip_marks(text)


def test_western_digits_keeps_other_characters_when_scripts_mix() -> None:
    assert western_digits("٠٦۱۲ رقم 3") == "0612 رقم 3"


def test_shorten_cuts_with_an_ellipsis_when_text_is_longer() -> None:
    assert shorten("abc  def\nghi", 20) == "abc def ghi"
    assert shorten("abcdefghij", 5) == "abcd…"
    assert len(shorten("x y " * 50_000, 80)) <= 80


@given(st.text(), st.integers(min_value=1, max_value=60))
def test_shorten_never_exceeds_the_length_when_text_is_any(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= length


near_plain = st.lists(st.text(alphabet="ab |'\u00a0\u200eé\n"), max_size=4)


@given(near_plain)
def test_texts_are_plain_only_when_stripping_would_change_none(texts):
    assert not are_plain(texts) or all(text and strip_marks(text) == text for text in texts)


def test_usual_texts_are_plain():
    assert are_plain(["Amina Bennani", "+212612345678", "الدار البيضاء", "l'eau", "2026-11-28 10:00:00"])
