"""Cells as text and numbers: what every field starts from. Nothing in a cell is ever evaluated."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from commanda.intake.readers.base import plain_cell
from commanda.kernel.text import are_plain, strip_marks, western_digits

MAX_QUANTITY: Final = 999
_HTML: Final = re.compile(r"<[a-zA-Z/!][^<>]{0,300}>")
# "=SUM(…", "=A1", "@…", "+cmd|…", "-HYPERLINK(…"; a plain "-" or "+212" before text is no formula.
_FORMULA: Final = re.compile(r"^\s*(?:=\s*\S|@\s*[A-Za-z]+\s*\(|[+\-]\s*[A-Za-z]+\s*[(|!])")
_QUANTITY: Final = re.compile(
    r"(?:x|×|qte|qté|qty)?\s*[:.]?\s*([+-]?\d{1,9})(?:[.,]0+)?\s*"
    r"(?:x|×|pcs?|pi[eè]ces?|unit[eé]?s?|unt|paires?|pairs?|قطعة|قطع|حبة|حبات|وحدة|وحدات)?\.?",
    re.IGNORECASE,
)
_QUANTITY_WORDS: Final = {"قطعة": 1, "قطعتين": 2, "قطعتان": 2, "حبتين": 2, "جوج": 2, "زوج": 2}


class QuantityProblem(ValueError):
    """`code` is `unreadable`, `not_positive` or `too_large`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def cell_text(value: Any) -> str:
    """A cell as the text a person sees, without invisible marks; numbers without exponent, dates as ISO."""
    if isinstance(value, str):
        return strip_marks(value)
    plain = plain_cell(value)
    if type(plain) is int:
        return str(plain)
    if isinstance(plain, Decimal):
        return format(plain, "f")
    if isinstance(plain, dt.datetime):
        return plain.isoformat(sep=" ")
    return strip_marks(str(plain))


def cell_texts(cells: Mapping[str, Any]) -> dict[str, str]:
    """`cell_text` of each cell that is not empty, by its name."""
    texts = {name: cell if type(cell) is str else cell_text(cell) for name, cell in cells.items() if cell != ""}
    return texts if are_plain(texts.values()) else {name: strip_marks(text) for name, text in texts.items()}


def holds_html(text: str) -> bool:
    return "<" in text and _HTML.search(text) is not None


def holds_formula(text: str) -> bool:
    """Whether a spreadsheet would evaluate the text."""
    return text[:1] in "=@+-" and _FORMULA.match(text) is not None


def parse_quantity(text: str) -> int:
    """`2`, `2 pcs`, `x2`, `٢`, `2,0`, `قطعتين` → 2; between 1 and 999. Raises `QuantityProblem`."""
    if len(text) < len(str(MAX_QUANTITY)) and text.isdecimal() and (usual := int(text)):
        return usual
    text = western_digits(text)
    if text in _QUANTITY_WORDS:
        return _QUANTITY_WORDS[text]
    match = _QUANTITY.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        raise QuantityProblem("too_large" if re.fullmatch(r"\d{10,}", text) else "unreadable")
    quantity = int(match[1])
    if quantity < 1:
        raise QuantityProblem("not_positive")
    if quantity > MAX_QUANTITY:
        raise QuantityProblem("too_large")
    return quantity
