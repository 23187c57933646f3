"""Text as people type it: invisible marks, Arabic letter forms, accents, digits.

`fold` is the one search key of the whole system. What is compared (cities, headers, products, tags) is
compared folded; what is shown is never folded.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from pydantic_core import to_json

_ZERO_TO_NINE: Final = "0123456789"
_DIGITS: Final = {
    ord(char): western
    for script in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")
    for char, western in zip(script, _ZERO_TO_NINE, strict=True)
}
# Letters that NFKD leaves whole although people take them for the same letter. The Moroccan and Persian
# forms of "g" are written for one another and for kaf (أكادير, أڭادير, أݣادير).
_LETTERS: Final = str.maketrans(
    {
        "ٱ": "ا",
        "ة": "ه",
        "ى": "ي",
        "ی": "ي",
        "ے": "ي",
        "ک": "ك",
        "گ": "ك",
        "ڭ": "ك",
        "ݣ": "ك",
        "ڤ": "ف",
        "ڥ": "ف",
        "پ": "ب",
        "چ": "ج",
        "ہ": "ه",
        "ھ": "ه",
        "ء": None,
        "ـ": None,
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "ı": "i",
    }
)
_SHORT: Final = 64
_APOSTROPHES: Final = "'\u2019\u2018\u02bc`\u00b4"
_NO_APOSTROPHES: Final = dict.fromkeys(map(ord, _APOSTROPHES))
_FORMULA_ERROR: Final = re.compile(r"^#\s?(?:n\s?/\s?a|[a-zàâéèêûù0-9/ ]{2,16}[!?])$", re.IGNORECASE)
_SPACES: Final = re.compile(r"[^\S\n]+")
_NOT_WORD: Final = re.compile(r"[\W_]+")
_EDGES: Final = (" ", "'")
_KEPT_CONTROLS: Final = frozenset("\n\t")
# Categories without a shape of their own: controls, formats (bidi, zero width, soft hyphen), lone surrogates,
# private use and unassigned code points.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MAYBE_INVISIBLE: Final = re.compile(r"[^\x20-\x7e\u00a1-\u00ac\u00ae-\u024f]")


def as_json(value: Any) -> str:
    """A value as the database takes JSON, in half the time of the standard library's encoder."""
    return to_json(value).decode()


def strip_marks(text: str) -> str:
    """Removes what cannot be seen and the apostrophe that forces "text" in a sheet; trims the ends.

    Bidirectional marks, zero-width characters, byte order marks and control characters go; line breaks (as
    `\\n`) and single spaces between words stay. Idempotent.
    """
    # What most cells are: printable throughout, so without marks and with no white space but single blanks.
    if text.isprintable() and "  " not in text and text[:1] not in _EDGES and text[-1:] != " ":
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _MAYBE_INVISIBLE.search(text):
        text = "".join(char for char in text if char in _KEPT_CONTROLS or unicodedata.category(char) not in _INVISIBLE)
    text = _SPACES.sub(" ", text).strip()
    if text[:1] == "'":
        text = text.lstrip("' \n")
    return text


def are_plain(texts: Iterable[str]) -> bool:
    """Whether `strip_marks` would leave all of these as they are and none is empty; may be too strict, never too lax.

    One look at all of them costs less than a look at each.
    """
    row = f"|{'|'.join(texts)}|"
    has_blanks = "  " in row or "| " in row or " |" in row
    return row.isprintable() and not has_blanks and "|'" not in row and "||" not in row


def western_digits(text: str) -> str:
    """Arabic-Indic (٠١٢) and Persian (۰۱۲) digits become 0–9; everything else stays."""
    return text if text.isascii() else text.translate(_DIGITS)


def fold(text: str) -> str:
    """The search key of a text: lower case, no accents, one form per Arabic letter, single spaces.

    Hyphens, apostrophes and all other punctuation part words ("Beni-Mellal" and "beni mellal" are equal);
    harakat, tatweel and hamza go; digits become 0–9. Deterministic and idempotent; "" when nothing is left.
    """
    return _fold_short(text) if len(text) <= _SHORT else _fold(text)


def _fold(text: str) -> str:
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower()).strip()
    folded = _fold_once(text)
    # A few exotic letters fold into something that folds again; bounded because each pass only simplifies.
    while (again := _fold_once(folded)) != folded:
        folded = again
    return folded


# The same names, cities and products come in thousands of rows.
_fold_short = lru_cache(maxsize=8192)(_fold)


def _fold_once(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", decomposed)
    plain = "".join(
        char
        for char in decomposed
        if char.isascii() or unicodedata.category(char) not in {"Mn", "Me", "Cf", "Cs", "Co", "Cn"}
    )
    return _NOT_WORD.sub(" ", plain.translate(_LETTERS).translate(_DIGITS)).strip()


def shorten(text: str, length: int) -> str:
    """At most `length` characters, on one line, with single spaces; a cut text ends in "…"."""
    if length < 1:
        raise ValueError("length must be at least 1")
    # The slice first: a cell of a megabyte must not be split into words to show 80 characters of it.
    flat = " ".join(text[: length * 4 + 64].split()) if len(text) > length * 4 + 64 else " ".join(text.split())
    if len(flat) <= length:
        return flat
    return flat[: length - 1].rstrip() + "…"


def strip_apostrophes(text: str) -> str:
    """Without apostrophes of any shape: what phones and amounts are cleaned with."""
    return text.translate(_NO_APOSTROPHES)


def is_formula_error(text: str) -> bool:
    """Whether a cell shows a spreadsheet's error (`#ERROR!`, `#N/A`, `#REF!`, `#NOM?`) instead of a value."""
    return "#" in text and bool(_FORMULA_ERROR.match(text.strip()))
