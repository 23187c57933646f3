"""Who a row is (`row_key`) and what it says (`fingerprint`).

Both depend on the cells alone, not on the catalogue, the settings of the source or the day: learning an alias
or changing a default must not turn an old row into a new one. A row keeps its key wherever it stands.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from commanda.intake.cells import cell_text, cell_texts
from commanda.intake.readers.base import plain_cell
from commanda.kernel.dates import DateProblem, parse_instant
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.phone import PhoneProblem, parse_phone
from commanda.kernel.text import fold, is_formula_error

# With its prefix and the number of its occurrence a key fits 80 characters.
_LONGEST_ID: Final = 64
DIGEST_BYTES: Final = 20
_PRODUCT_FIELDS: Final = ("product", "sku", "variant_color", "variant_size", "quantity")


def row_key(cells: Mapping[str, Any]) -> str:
    """The identity of a row: its order number, else a hash of phone, product, quantity, date and amount.

    Equal for the same row in CSV, XLSX and the Sheets API, however phone, date and amount are written there. Without
    a readable phone the name stands in for it. Rows that say the same share a key; `RowKeys` numbers them.
    """
    identifier = cell_text(cells.get("external_id", ""))
    if identifier and not is_formula_error(identifier):
        return "x:" + (identifier if len(identifier) <= _LONGEST_ID else _digest(identifier))
    parts = (
        _phone(cells),
        *(fold(cell_text(cells.get(name, ""))) for name in _PRODUCT_FIELDS),
        _moment(cells.get("ordered_at", "")),
        _amount(cells.get("total_price", "")),
        _amount(cells.get("unit_price", "")),
    )
    return "h:" + _digest("\x1f".join(parts))


class RowKeys:
    """Keys of the rows of one reading. Rows of one order number are one order and share their key. Of rows without a
    number that say the same the second gets "#2", and so on: two equal rows are two orders, and reading the file again
    finds both.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def key(self, cells: Mapping[str, Any]) -> str:
        key = row_key(cells)
        if key.startswith("x:"):
            return key
        self._seen[key] += 1
        times = self._seen[key]
        return key if times == 1 else f"{key}#{times}"


def fingerprint(cells: Mapping[str, Any]) -> str:
    """A hash of the filled cells by field: changes when one of them does, stable over time and processes."""
    return digest(cells).hex()


def digest(cells: Mapping[str, Any]) -> bytes:
    """`fingerprint` as bytes."""
    texts = cell_texts(cells)
    parts = [f"{name}\x1e{text}" for name in sorted(texts) if (text := texts[name])]
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def _phone(cells: Mapping[str, Any]) -> str:
    text = cell_text(cells.get("phone", ""))
    try:
        return parse_phone(text).e164
    except PhoneProblem:
        names = (cell_text(cells.get(name, "")) for name in ("name", "first_name", "last_name"))
        return f"{fold(text)}\x1e{fold(' '.join(names))}"


def _moment(value: Any) -> str:
    try:
        return parse_instant(value).isoformat()
    except DateProblem as problem:
        # A date too far ahead today is a good one next week: the same row then.
        return problem.instant.isoformat() if problem.instant else fold(cell_text(value))


def _amount(value: Any) -> str:
    plain = plain_cell(value)
    try:
        return str(parse_amount(plain if isinstance(plain, int | Decimal) else cell_text(plain)))
    except AmountProblem:
        return fold(cell_text(plain))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).hexdigest()
