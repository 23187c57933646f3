"""What stands in columns: the second witness when their names are missing, misspelt or wrong."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, Final

from commanda.customers.city_names import CityIndex, load_cities
from commanda.intake.mapped_rows import looks_like_phone
from commanda.kernel.dates import DateProblem, parse_instant
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.text import strip_marks

_NAME: Final = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+){0,4}")
_CONFLICTS: Final = 0.1
_LEAST_PRICES: Final = 3
_CENTIMES_FROM: Final = 5_000


class ContentSample:
    """Some data rows, looked at by column. Shares are of the filled cells of a column, from 0 to 1."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._rows = rows
        self.size = len(rows)
        self.width = max((len(row) for row in rows), default=0)
        self._shares: dict[tuple[str, int], float] = {}

    def column(self, at: int) -> list[Any]:
        """The filled cells of a column."""
        return [row[at] for row in self._rows if at < len(row) and str(row[at]).strip()]

    def filled(self, at: int) -> bool:
        return bool(self.column(at))

    def phone_share(self, at: int) -> float:
        return self._share("phone", at, looks_like_phone)

    def name_share(self, at: int) -> float:
        """How much a column looks like people's names: letters only, few of them alike."""
        cells = self.column(at)
        if len({str(cell) for cell in cells}) * 2 < len(cells):
            return 0.0
        return self._share("name", at, _is_name)

    def amount_share(self, at: int) -> float:
        return self._share("amount", at, _is_amount)

    def may_be_centimes(self, at: int) -> bool:
        """Whether all prices of a column are whole and too large for dirhams."""
        cells = self.column(at)
        return len(cells) >= _LEAST_PRICES and self._share("centimes", at, _is_large) == 1.0

    def contradicts(self, identifier: int, phone: int | None) -> bool:
        """Whether one value of an order number stands beside different phones: then it numbers something else.

        Rows without a phone prove nothing (the further lines of an order leave it out).
        """
        if phone is None:
            return False
        phones: dict[str, set[str]] = {}
        for row in self._rows:
            if max(identifier, phone) < len(row) and str(row[identifier]).strip() and str(row[phone]).strip():
                phones.setdefault(str(row[identifier]).strip(), set()).add(str(row[phone]).strip())
        conflicts = sum(1 for numbers in phones.values() if len(numbers) > 1)
        return conflicts > _CONFLICTS * len(phones)

    def guess(self) -> dict[str, int]:
        """Field → column without any header: phone, date, city, total, quantity, name, product, address."""
        assigned: dict[str, int] = {}
        for field_name, test, least in (
            ("phone", looks_like_phone, 0.6),
            ("ordered_at", _is_date, 0.6),
            ("city", _is_city, 0.5),
            ("quantity", _is_quantity, 0.9),
            ("total_price", _is_price, 0.9),
        ):
            self._take(assigned, field_name, test, least)
        self._take(assigned, "phone2", looks_like_phone, 0.6)
        texts = [at for at in range(self.width) if at not in assigned.values() and self.column(at)]
        people = [at for at in texts if self.name_share(at) >= 0.7]
        if people:
            assigned["name"] = people[0]
            texts.remove(people[0])
        # Products repeat from row to row, addresses hardly ever do.
        texts.sort(key=self._variety)
        if texts and self._variety(texts[0]) < 0.7:
            assigned["product"] = texts.pop(0)
        if texts:
            assigned["address"] = texts[-1]
        return assigned

    def _take(self, assigned: dict[str, int], name: str, test: Callable[[Any], bool], least: float) -> None:
        free = [at for at in range(self.width) if at not in assigned.values()]
        best = max(free, key=lambda at: self._share(name, at, test), default=None)
        if best is not None and self._share(name, best, test) >= least:
            assigned[name] = best

    def _share(self, name: str, at: int, test: Callable[[Any], bool]) -> float:
        if (name, at) not in self._shares:
            cells = self.column(at)
            self._shares[name, at] = sum(1 for cell in cells if test(cell)) / len(cells) if cells else 0.0
        return self._shares[name, at]

    def _variety(self, at: int) -> float:
        cells = [str(cell) for cell in self.column(at)]
        return len(set(cells)) / len(cells) if cells else 1.0


def _is_name(cell: Any) -> bool:
    text = strip_marks(str(cell)[:80])
    return isinstance(cell, str) and 2 < len(text) < 60 and _NAME.fullmatch(text) is not None


def _is_date(cell: Any) -> bool:
    if isinstance(cell, dt.date):
        return True
    # A bare number is a date only when it is a serial number of the last years.
    if not isinstance(cell, str):
        return isinstance(cell, int | Decimal) and 40_000 < cell < 60_000
    if not re.search(r"\d.*[/\-. ].*\d", cell):
        return False
    try:
        parse_instant(cell)
    except DateProblem:
        return False
    return True


def _is_city(cell: Any) -> bool:
    return isinstance(cell, str) and _cities().match(cell) is not None


def _is_quantity(cell: Any) -> bool:
    return str(cell).strip().isascii() and str(cell).strip().isdigit() and 1 <= int(str(cell)[:6]) <= 20


def _is_price(cell: Any) -> bool:
    try:
        return 10 <= parse_amount(cell if not isinstance(cell, dt.date) else str(cell)) <= 20_000
    except AmountProblem:
        return False


def _is_amount(cell: Any) -> bool:
    text = str(cell).lstrip("-−")
    try:
        parse_amount(text)
    except AmountProblem:
        return False
    return True


def _is_large(cell: Any) -> bool:
    return (
        not isinstance(cell, dt.date) and str(cell).strip().isdecimal() and int(str(cell).strip()[:9]) >= _CENTIMES_FROM
    )


@cache
def _cities() -> CityIndex:
    return CityIndex((spelling, number) for number, city in enumerate(load_cities()) for spelling in city.spellings)
