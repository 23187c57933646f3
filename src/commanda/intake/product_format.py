"""How one source writes a product cell: which parts it has, in which order, and what stands between them.

Chosen by a person who has looked at the sheet ("product / offer / size / colour"). Without a choice
`product_text` reads the cell by itself.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from commanda.intake.cells import QuantityProblem, parse_quantity
from commanda.intake.offers import split_offer
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.text import fold

PARTS: Final = ("product", "offer", "quantity", "price", "size", "color", "sku", "ignore")
MAX_PARTS: Final = 6
MAX_ITEMS: Final = 20
SEPARATORS: Final[dict[str, re.Pattern[str]]] = {
    "slash": re.compile(r"\s*/\s*"),
    "dash": re.compile(r"\s+[-–—]\s+"),
    "pipe": re.compile(r"\s*\|\s*"),
    "comma": re.compile(r"\s*[,،]\s*"),
    "semicolon": re.compile(r"\s*[;؛]\s*"),
    "newline": re.compile(r"\s*\n\s*"),
}
ITEM_SEPARATORS: Final[dict[str, re.Pattern[str]]] = {
    "plus": re.compile(r"\s*\+\s*"),
    **{name: SEPARATORS[name] for name in ("newline", "semicolon", "pipe", "comma")},
}
# "name:Montre|sku:ATLAS|quantity:2|total:398.00", one line per item, as order exporters of WooCommerce write.
_PAIR: Final = re.compile(r"(?:^|\|)\s*(name|sku|quantity|qty|total)\s*:\s*([^|]*)", re.IGNORECASE)
LABELS: Final = frozenset(
    fold("taille pointure couleur color colour coul size t p tail المقاس مقاس اللون لون القياس الحجم").split()
)


@dataclass(frozen=True, slots=True)
class CellPart:
    """One product as the format parts it. `text` is the whole of it as written, offer and all."""

    text: str
    name: str
    sku: str = ""
    color: str = ""
    size: str = ""
    quantity: int | None = None
    amount: Decimal | None = None

    @property
    def wording(self) -> str:
        """The words that name the variant: what is remembered when a person has chosen it."""
        return " ".join(part for part in (self.name, self.color, self.size) if part)


@dataclass(frozen=True, slots=True)
class ProductFormat:
    """`parts` in their order with `separator` between them, `between` what stands between two products.

    Separators are keys of `SEPARATORS` and `ITEM_SEPARATORS`; "" leaves that side to the automatic reading.
    """

    separator: str = ""
    parts: tuple[str, ...] = ()
    between: str = ""

    def __bool__(self) -> bool:
        return bool(self.between or (self.separator and self.parts))

    def read(self, text: str) -> tuple[CellPart, ...]:
        """The products of a cell; empty when the text is not written this way. Never raises."""
        pieces = ITEM_SEPARATORS[self.between].split(text) if self.between else [text]
        pieces = [piece.strip() for piece in pieces if piece.strip()]
        if not 0 < len(pieces) <= MAX_ITEMS:
            return ()
        found = [self._read_one(piece) for piece in pieces]
        return () if None in found else tuple(part for part in found if part is not None)

    def _read_one(self, text: str) -> CellPart | None:
        if not (self.separator and self.parts):
            offer = split_offer(text)
            return CellPart(text, offer.text, quantity=offer.quantity, amount=offer.amount)
        cells = SEPARATORS[self.separator].split(text)
        if any(cell.strip() for cell in cells[len(self.parts) :]):
            return None
        told: dict[str, Any] = {}
        for part, cell in zip(self.parts, cells, strict=False):
            if cell.strip() and not _take(told, part, cell.strip()):
                return None
        return CellPart(text, told.pop("name", ""), **told)

    def to_json(self) -> dict[str, Any]:
        return {"separator": self.separator, "parts": list(self.parts), "between": self.between}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ProductFormat":
        """Reads `to_json`. Raises `ValueError` for what is no format."""
        return make_format(data.get("separator", ""), data.get("parts", ()), data.get("between", ""))


AUTOMATIC: Final = ProductFormat()


def make_format(separator: str, parts: Iterable[str], between: str) -> ProductFormat:
    """A format of known words. Raises `ValueError` for others."""
    chosen = tuple(parts)
    if separator and separator not in SEPARATORS:
        raise ValueError(f"unknown separator: {separator!r}")
    if between and between not in ITEM_SEPARATORS:
        raise ValueError(f"unknown separator of products: {between!r}")
    if unknown := set(chosen) - set(PARTS):
        raise ValueError(f"unknown parts: {sorted(unknown)}")
    if len(chosen) > MAX_PARTS:
        raise ValueError(f"more than {MAX_PARTS} parts")
    return ProductFormat(separator, chosen, between)


def read_pairs(text: str) -> tuple[CellPart, ...]:
    """The items of a cell that names each thing ("name:…|sku:…|quantity:…|total:…"); empty when it is none."""
    if "|" not in text or ":" not in text:
        return ()
    items = []
    for line in filter(None, map(str.strip, text.splitlines())):
        pairs = {key.lower(): value.strip() for key, value in _PAIR.findall(line)}
        if not pairs.get("name") or not (pairs.keys() & {"quantity", "qty"}):
            return ()
        quantity = _quantity(pairs.get("quantity") or pairs.get("qty", ""))
        told: dict[str, Any] = {}
        _take(told, "price", pairs.get("total", ""))
        items.append(CellPart(line, pairs["name"], sku=pairs.get("sku", ""), quantity=quantity, **told))
    return tuple(items) if len(items) <= MAX_ITEMS else ()


def _take(told: dict[str, Any], part: str, cell: str) -> bool:
    """Read one part; False when the cell does not say such a thing. Of two colours the first one counts."""
    if part == "product":
        offer = split_offer(cell)
        told["name"] = f"{told['name']} {cell}" if "name" in told else offer.text
        _take_offer(told, offer.quantity, offer.amount)
    elif part == "offer":
        offer = split_offer(cell)
        quantity = offer.quantity
        if quantity is None and offer.amount is None:
            quantity = _quantity(cell)
        _take_offer(told, quantity, offer.amount)
    elif part == "quantity":
        told["quantity"] = _quantity(cell)
        return told["quantity"] is not None
    elif part == "price":
        try:
            told["amount"] = parse_amount(cell)
        except AmountProblem:
            return False
    elif part in {"size", "color"}:
        told.setdefault(part, _without_label(cell))
    elif part == "sku":
        told.setdefault("sku", cell)
    return True


def _take_offer(told: dict[str, Any], quantity: int | None, amount: Decimal | None) -> None:
    if quantity is not None:
        told["quantity"] = quantity
    if amount is not None:
        told["amount"] = amount


def _quantity(cell: str) -> int | None:
    try:
        return parse_quantity(cell)
    except QuantityProblem:
        return None


def _without_label(cell: str) -> str:
    """ "Taille: 38" → "38"."""
    words = re.split(r"[\s:=]+", cell)
    kept = [word for word in words if fold(word) not in LABELS]
    return " ".join(kept) if kept and any(kept) else cell
