"""The offer within a product text: "2 pcs à 199 dh", "Pack 3 + 1", "x2"."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.text import western_digits

_FREE: Final = r"(?:gratuite?s?|offert[es]*|free|مجانا?|فابور|batal)"
_PIECES: Final = r"(?:pcs?|pi[eè]ces?|unit[eé]?s?|paires?|قطعة|قطع|حبات|حبة|وحدات)"
# "Pack 3 + 1", "2+1 gratuit": what is paid for and what comes with it, together.
_PLUS_FREE: Final = re.compile(
    rf"(?<![\w+])(?:(?:pack|lot|offre|promo)\s+(?:de\s+)?(\d{{1,2}})\s*\+\s*(\d{{1,2}})(?![\w+])(?:\s*{_FREE})?"
    rf"|(\d{{1,2}})\s*\+\s*(\d{{1,2}})\s*{_FREE}"
    rf"|(\d{{1,2}})\+(\d{{1,2}})(?![\w+]))",
    re.IGNORECASE,
)
_QUANTITIES: Final = (
    re.compile(rf"(?<!\w)(\d{{1,3}})\s*{_PIECES}(?!\w)\.?", re.IGNORECASE),
    re.compile(r"(?<![\w])(?<!\d )[x×*]\s?(\d{1,3})(?!\w)", re.IGNORECASE),
    re.compile(r"(?<!\w)(\d{1,3})\s?[x×*](?! ?\d)(?!\w)", re.IGNORECASE),
    re.compile(r"(?<!\w)(?:pack|lot|offre)\s+(?:de\s+)?(\d{1,2})(?!\w)", re.IGNORECASE),
)
_TWO: Final = re.compile(r"(?<!\w)(?:قطعتين|حبتين|زوج|جوج)(?!\w)")
_PRICE: Final = re.compile(
    r"(?:(?<!\w)(?:à|a|pour|ب|بـ)\s*|[-:=@(]\s*)?(?<![\w.,])(\d[\d ]{0,8}(?:[.,]\d{1,2})?)\s*"
    r"(?:dhs?|drhs?|mad|dirhams?|درهم|دراهم)(?!\w)\.?\s*\)?",
    re.IGNORECASE,
)
# "x2" is an offer, "iPhone X 64" and "24 pouces x 130" are names.
_MOST_IN_OFFER: Final = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """What a text sells: the words left beside the offer, how many pieces, what they cost together in dirhams."""

    text: str
    quantity: int | None = None
    amount: Decimal | None = None


def split_offer(text: str) -> Offer:
    """Parts the offer from a product text. A text without one comes back as it is."""
    rest, amount = _without_price(western_digits(text))
    rest, quantity = _without_quantity(rest)
    if quantity is None and amount is None:
        return Offer(text)
    rest = re.sub(r"\(\s*\)", " ", rest)
    return Offer(" ".join(rest.split()).strip(" -–:,;/+("), quantity, amount)


def _without_price(text: str) -> tuple[str, Decimal | None]:
    price = _PRICE.search(text)
    if price is None:
        return text, None
    try:
        amount = parse_amount(price[1])
    except AmountProblem:
        amount = None
    return _cut(text, price), amount


def _without_quantity(text: str) -> tuple[str, int | None]:
    if found := _PLUS_FREE.search(text):
        pieces = sum(int(number) for number in found.groups() if number)
        if 0 < pieces <= _MOST_IN_OFFER:
            return _cut(text, found), pieces
    for pattern in _QUANTITIES:
        if (found := pattern.search(text)) and 0 < int(found[1]) <= _MOST_IN_OFFER:
            return _cut(text, found), int(found[1])
    if _TWO.search(text):
        return _TWO.sub(" ", text), 2
    return text, None


def _cut(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + " " + text[found.end() :]
