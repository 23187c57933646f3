"""Amounts of money: Decimal dirhams with two places, read from what people type, never through a float."""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from commanda.kernel.text import is_formula_error, strip_marks, western_digits

CENTIME: Final = Decimal("0.01")
MAX_AMOUNT: Final = Decimal(1000000)
ZERO: Final = Decimal("0.00")
_SHORT: Final = 40
NARROW_SPACE: Final = "\u202f"
NO_BREAK_SPACE: Final = "\u00a0"

_DIRHAM: Final = re.compile(r"(?:mad|dirhams?|dirham|dhs?|drh?s?|درهما|درهم|دراهم|د\s?\.?\s?م\s?\.?)\.?", re.IGNORECASE)
_OTHER_CURRENCY: Final = re.compile(r"[€$£]|\b(?:eur|euros?|usd|dollars?|gbp|sar|aed|dzd|tnd)\b", re.IGNORECASE)
_GROUP_MARKS: Final = re.compile(r"[\s'’٬]")
_PLAIN: Final = re.compile(r"[+-]?(?:\d[\d.,]*|[.,]\d+)")


class AmountProblem(ValueError):
    """A text that is no usable amount.

    `code` is `empty`, `formula_error`, `unreadable`, `currency` (not dirhams), `negative` or `too_large`.
    """

    def __init__(self, code: str, raw: str) -> None:
        super().__init__(f"{code}: {raw[:40]!r}")
        self.code = code
        self.raw = raw


def quantize(amount: Decimal) -> Decimal:
    """To the centime, halves away from zero as tills do."""
    return amount.quantize(CENTIME, rounding=ROUND_HALF_UP)


def parse_amount(text: str | int | Decimal, *, centimes: bool = False) -> Decimal:
    """The amount in dirhams, to the centime, between 0 and 1,000,000.

    Reads `199`, `199,00`, `199 DH`, `1 299,00 MAD`, `1.299,00`, `1,299.00`, `١٩٩ درهم`. Where both
    marks occur the last one is the decimal mark. A single mark before exactly three digits parts thousands
    ("1.299" is 1299), because no price has thousandths. With `centimes` the source counts
    in hundredths: `19900` is 199.00.
    Raises `AmountProblem`.
    """
    raw = str(text)
    read = _read_short if len(raw) <= _SHORT else _read
    value = read(text) if isinstance(text, str) else Decimal(text)
    if not value.is_finite():
        raise AmountProblem("unreadable", raw)
    if value < 0:
        raise AmountProblem("negative", raw)
    # Compared before the division and the rounding: a value of 400 digits must not reach quantize().
    if value > MAX_AMOUNT * (100 if centimes else 1):
        raise AmountProblem("too_large", raw)
    return quantize(value / 100 if centimes else value)


def format_mad(amount: Decimal) -> str:
    """`1 234,50 DH`: narrow no-break spaces, comma, the same in every language; show it left to right."""
    grouped = f"{quantize(amount):,.2f}"
    return grouped.replace(",", NARROW_SPACE).replace(".", ",") + NO_BREAK_SPACE + "DH"


def _read(raw: str) -> Decimal:
    text = western_digits(strip_marks(raw)).strip("\"'’ ")
    if not text:
        raise AmountProblem("empty", raw)
    if is_formula_error(text):
        raise AmountProblem("formula_error", raw)
    if len(text) > 60:
        raise AmountProblem("unreadable", raw)
    if _OTHER_CURRENCY.search(text):
        raise AmountProblem("currency", raw)
    number = _DIRHAM.sub(" ", text, count=2).replace("٫", ",").replace("−", "-")
    number = re.sub(r"[.,]\s*-+$", "", number.strip())  # "199,-"
    number = _GROUP_MARKS.sub("", number)
    if not _PLAIN.fullmatch(number):
        raise AmountProblem("unreadable", raw)
    try:
        return Decimal(_with_decimal_point(number))
    except InvalidOperation:
        raise AmountProblem("unreadable", raw) from None


# The same prices come in thousands of rows.
_read_short = lru_cache(maxsize=4096)(_read)


def _with_decimal_point(number: str) -> str:
    """Grouping marks out, the decimal mark as a point."""
    dots, commas = number.count("."), number.count(",")
    if dots and commas:
        decimal, group = (".", ",") if number.rfind(".") > number.rfind(",") else (",", ".")
        whole, _, part = number.rpartition(decimal)
        if decimal in whole or not _grouped(whole, group):
            return "unreadable"
        return whole.replace(group, "") + "." + part
    mark = "." if dots else ","
    if dots + commas == 0:
        return number
    if dots + commas > 1 or _is_thousands(number, mark):
        return number.replace(mark, "") if _grouped(number, mark) else "unreadable"
    return number.replace(mark, ".").rstrip(".")


def _is_thousands(number: str, mark: str) -> bool:
    whole, _, part = number.lstrip("+-").partition(mark)
    return len(part) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")


def _grouped(number: str, mark: str) -> bool:
    first, *groups = number.lstrip("+-").split(mark)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in groups) if groups else True
