"""Ad spend out of a sheet, pasted or as a file: which cell is what, and what is wrong with it. No database.

Three layouts: a list with a header row; a list without one, whose columns are known by what stands in them; a grid of
products down and platforms across. Nothing is guessed in silence: a row that is not clear comes back with a problem.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.ads.sheet_words import TOTALS, field_of
from commanda.kernel.clock import day_of, today
from commanda.kernel.dates import DateProblem, parse_instant
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.text import fold, shorten, strip_marks, western_digits

MAX_ROWS: Final = 5_000
HEADER_SEARCH: Final = 5
PROBLEMS: Final[dict[str, Promise]] = {
    "no_date": _("No day can be read here. Write it like 22/11/2026."),
    "future": _("This day is in the future."),
    "no_platform": _("Which platform? Choose one above, or add a column."),
    "unknown_platform": _("We do not know this platform."),
    "no_product": _("Which product? Add a column with its name or SKU."),
    "unknown_product": _("No product has this name or SKU."),
    "unknown_account": _("You have no ad account of this name or number."),
    "bad_amount": _("This is no amount. Write it like 1 234,50."),
    "bad_currency": _("Write the currency with three letters, such as USD."),
    "twice": _("The same product, platform and day stand here twice."),
    "no_rate": _("It is not known what one unit of this currency is worth. Add a rate first."),
    "other_currency": _("The account pays in another currency."),
    "unknown_campaign": _(
        "The account has no campaign of this name. Connected accounts find their campaigns themselves."
    ),
}
_SIGNS: Final = {"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP"}
_AMOUNT: Final = re.compile(
    r"^(?P<before>US\$|[$€£]|[A-Za-z]{3})?\s*(?P<number>[^A-Za-z$€£]+?)\s*(?P<after>[$€£]|[A-Za-z]{2,3})?$"
)
_DIRHAMS: Final = frozenset({"MAD", "DH", "DHS"})


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account as sheets name it."""

    pk: int
    platform_id: int
    currency: str


@dataclass(frozen=True)
class Names:
    """What is known by name: folded text → id."""

    products: Mapping[str, int] = field(default_factory=dict)
    platforms: Mapping[str, int] = field(default_factory=dict)
    accounts: Mapping[str, AccountName] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usual:
    """What holds for rows that do not say it."""

    day: dt.date | None = None
    platform_id: int | None = None
    currency: str = "MAD"


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One figure. With an account it belongs to one of its campaigns, otherwise to a product and platform."""

    row_number: int
    spent_on: dt.date | None = None
    platform_id: int | None = None
    account_id: int | None = None
    campaign: str = ""
    campaign_id: str = ""
    product_id: int | None = None
    amount: Decimal | None = None
    currency: str = "MAD"
    impressions_qty: int | None = None
    clicks_qty: int | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def explained(self) -> list[Promise]:
        """Its problems in words."""
        return [PROBLEMS[code] for code in self.problems]


def parse_sheet(rows: Sequence[Sequence[Any]], names: Names, usual: Usual) -> list[SheetLine]:
    """The figures of a sheet. Empty amounts, blank rows and totals are left out; at most `MAX_ROWS` rows are read."""
    read = _lines([list(row) for row in rows[:MAX_ROWS]], names, usual)
    return _with_twins([line for line in read if line is not None])


def _lines(rows: list[list[Any]], names: Names, usual: Usual) -> list[SheetLine | None]:
    at = _header_row(rows, names)
    if at is None:
        columns = _columns_by_content(rows, names)
        return [_line(number, row, columns, names, usual) for number, row in enumerate(rows, start=1)]
    header = [_text(cell) for cell in rows[at]]
    below = list(enumerate(rows[at + 1 :], start=at + 2))
    across = {
        column: names.platforms[fold(name)] for column, name in enumerate(header) if fold(name) in names.platforms
    }
    if across:
        return [line for number, row in below for line in _grid_lines(number, row, header, across, names, usual)]
    columns, currency = _named_columns(header)
    usual = replace(usual, currency=currency or usual.currency)
    return [_line(number, row, columns, names, usual) for number, row in below]


def _header_row(rows: list[list[Any]], names: Names) -> int | None:
    """The first row of words of which at least one, and two where there are several, say what stands below."""
    for number, row in enumerate(rows[:HEADER_SEARCH]):
        texts = [text for cell in row if (text := _text(cell))]
        known = sum(bool(field_of(text)[0]) or fold(text) in names.platforms for text in texts)
        if known and known >= min(2, len(texts)) and not any(_is_amount(cell) for cell in row):
            return number
    return None


def _named_columns(header: Sequence[str]) -> tuple[dict[str, int], str]:
    """Field → column, and the currency that the name of the amount tells; the first column of a field counts."""
    columns: dict[str, int] = {}
    currency = ""
    for at, name in enumerate(header):
        known, told = field_of(name)
        if known and known not in columns:
            columns[known] = at
            currency = told or currency
    return columns, currency


def _columns_by_content(rows: list[list[Any]], names: Names) -> dict[str, int]:
    """Field → column of a sheet without a header: the amount is the last column of numbers."""
    filled = [row for row in rows if any(_text(cell) for cell in row)][:50]
    width = max((len(row) for row in filled), default=0)
    columns: dict[str, int] = {}
    for at in range(width):
        cells = [row[at] for row in filled if at < len(row) and _text(row[at])]
        if not cells:
            continue
        texts = [fold(_text(cell)) for cell in cells]
        if "date" not in columns and all(_is_date(cell) for cell in cells):
            columns["date"] = at
        elif all(_is_amount(cell) for cell in cells):
            columns["amount"] = at
        elif "platform" not in columns and all(text in names.platforms for text in texts):
            columns["platform"] = at
        elif "account" not in columns and all(text in names.accounts for text in texts):
            columns["account"] = at
        elif "currency" not in columns and all(len(text) == 3 and text.isalpha() and text.isascii() for text in texts):
            columns["currency"] = at
        elif "product" not in columns:
            columns["product"] = at
    return columns


def _grid_lines(
    number: int, row: list[Any], header: list[str], across: Mapping[int, int], names: Names, usual: Usual
) -> list[SheetLine | None]:
    """One row of a grid: a line for each filled platform."""
    columns, _currency = _named_columns([name if at not in across else "" for at, name in enumerate(header)])
    if "product" not in columns:
        columns["product"] = next(
            at for at in range(len(header) + 1) if at not in across and at not in columns.values()
        )
    return [
        _line(number, row, {**columns, "amount": at}, names, replace(usual, platform_id=platform_id))
        for at, platform_id in across.items()
    ]


def _line(number: int, row: list[Any], columns: Mapping[str, int], names: Names, usual: Usual) -> SheetLine | None:
    """A row as a figure; None for a row without an amount, and for totals."""
    cells = {name: row[at] if at < len(row) else "" for name, at in columns.items()}
    texts = {name: shorten(text, 200) for name, cell in cells.items() if (text := _text(cell))}
    if "amount" not in texts or any(fold(text) in TOTALS for name, text in texts.items() if name != "amount"):
        return None
    problems: list[str] = []
    account = _account(texts, names, problems)
    amount, currency = _amount(cells["amount"], problems)
    spent_on = _day(cells.get("date", ""), usual.day, problems)
    line = SheetLine(
        row_number=number,
        spent_on=spent_on,
        amount=amount,
        currency=_currency(texts.get("currency", ""), currency, account, usual, problems),
        impressions_qty=_count(texts.get("impressions", "")),
        clicks_qty=_count(texts.get("clicks", "")),
        texts=texts,
    )
    if account is not None:
        campaign, number_text = texts.get("campaign", ""), texts.get("campaign_id", "")
        line = replace(
            line,
            account_id=account.pk,
            platform_id=account.platform_id,
            campaign=campaign,
            campaign_id=number_text[:100],
        )
    else:
        line = replace(
            line,
            platform_id=_named(texts, "platform", names.platforms, usual.platform_id, problems),
            product_id=_named(texts, "product", names.products, None, problems),
        )
    return replace(line, problems=tuple(problems))


def _account(texts: Mapping[str, str], names: Names, problems: list[str]) -> AccountName | None:
    if "account" not in texts:
        return None
    found = names.accounts.get(fold(texts["account"]))
    if found is None:
        problems.append("unknown_account")
    return found


def _named(
    texts: Mapping[str, str], name: str, known: Mapping[str, int], usual: int | None, problems: list[str]
) -> int | None:
    text = texts.get(name, "")
    if not text:
        if usual is None and "unknown_account" not in problems:
            problems.append(f"no_{name}")
        return usual
    found = known.get(fold(text))
    if found is None:
        problems.append(f"unknown_{name}")
    return found


def _day(cell: Any, usual: dt.date | None, problems: list[str]) -> dt.date | None:
    if not _text(cell):
        if usual is None:
            problems.append("no_date")
        return usual
    day = _date(cell)
    if day is None:
        problems.append("no_date")
    elif day > today():
        problems.append("future")
    return day


def _date(cell: Any) -> dt.date | None:
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        return cell
    try:
        return day_of(parse_instant(cell))
    except DateProblem:
        return None


def _amount(cell: Any, problems: list[str]) -> tuple[Decimal | None, str]:
    """The amount and the currency written beside it."""
    try:
        if isinstance(cell, int | Decimal):
            return parse_amount(cell), ""
        number, currency = _parted(_text(cell))
        return parse_amount(number), currency
    except AmountProblem:
        problems.append("bad_amount")
        return None, ""


def _parted(text: str) -> tuple[str, str]:
    match = _AMOUNT.fullmatch(western_digits(text))
    mark = (match["before"] or match["after"] or "").upper() if match else ""
    if match is None or not mark:
        return text, ""
    if mark in _DIRHAMS:
        return match["number"], "MAD"
    return match["number"], _SIGNS.get(mark, mark)


def _currency(text: str, beside: str, account: AccountName | None, usual: Usual, problems: list[str]) -> str:
    told = _SIGNS.get(text.strip(), text.strip().upper()) or beside
    told = "MAD" if told in _DIRHAMS else told
    if told and not (len(told) == 3 and told.isascii() and told.isalpha()):
        problems.append("bad_currency")
        return usual.currency
    if account is None:
        return told or usual.currency
    if told and told != account.currency:
        problems.append("other_currency")
    return account.currency


def _count(text: str) -> int | None:
    digits = re.sub(r"[\s.,'’]", "", western_digits(text))
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None


def _with_twins(lines: list[SheetLine]) -> list[SheetLine]:
    """Mark figures that would overwrite one another."""
    keys = Counter(_key(line) for line in lines if not line.problems)
    return [
        replace(line, problems=("twice",)) if not line.problems and keys[_key(line)] > 1 else line for line in lines
    ]


def _key(line: SheetLine) -> tuple[Any, ...]:
    if line.account_id is not None:
        return line.account_id, line.campaign_id or fold(line.campaign), line.spent_on
    return line.product_id, line.platform_id, line.spent_on, None


def _is_amount(cell: Any) -> bool:
    if isinstance(cell, int | Decimal):
        return True
    return bool(_text(cell)) and not _is_worded_date(_text(cell)) and _amount(cell, [])[0] is not None


def _is_worded_date(text: str) -> bool:
    return bool(re.search(r"\d[/-]\d", western_digits(text)))


def _is_date(cell: Any) -> bool:
    if isinstance(cell, dt.date):
        return True
    return isinstance(cell, str) and not _is_plain_number(cell) and _date(cell) is not None


def _is_plain_number(text: str) -> bool:
    return bool(re.fullmatch(r"[\d\s.,]{1,7}", western_digits(text.strip())))


def _text(cell: Any) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return strip_marks(str(cell)) if cell is not None else ""
