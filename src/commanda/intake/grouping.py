"""Rows into orders: one row per order, one row per item, or Shopify's further lines with blank order fields.

Rows belong together by order number over the whole batch, wherever they stand. Totals that an exporter
repeats on every line count once.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Final, NamedTuple

from commanda.intake.clean_row import CleanItem, CleanRow
from commanda.intake.problems import Problem
from commanda.kernel.money import CENTIME, ZERO

# Fields of an order that any of its rows may tell.
_ORDER_FIELDS: Final = (
    "ordered_at", "store", "agent", "name", "phone2", "city_id", "city_text", "address", "note", "platform", "campaign",
    "ad_set", "utm", "tracking", "carrier", "status",
)  # fmt: skip
# What a further line may lack when another line of its order tells it: code → field of the order.
_ABSENCES: Final = {
    "phone_empty": "phone",
    "name_empty": "name",
    "city_empty": "city_text",
    "city_from_address": "city_text",
    "price_empty": "total_amount",
}


class Prices(NamedTuple):
    """What lines and order must carry so that the client pays `total_amount`: unit prices (None: the catalogue's),
    and what is taken off or charged on top.
    """

    unit_amounts: tuple[Decimal | None, ...]
    discount_amount: Decimal = ZERO
    delivery_amount: Decimal = ZERO


class SheetOrder(NamedTuple):
    """An order as its rows tell it. `row_numbers` and `rows` are in the order of the sheet."""

    head: CleanRow
    items: tuple[CleanItem, ...]
    total_amount: Decimal | None
    rows: tuple[CleanRow, ...]
    problems: tuple[Problem, ...]
    discount_amount: Decimal | None = None
    delivery_amount: Decimal | None = None

    @property
    def row_numbers(self) -> tuple[int, ...]:
        return tuple(row.row_number for row in self.rows)

    @property
    def is_rejected(self) -> bool:
        return any(problem.rejects for problem in self.problems)

    def prices(self) -> Prices:
        """Unit prices and the difference to the total, to the centime.

        One item with a total: the unit price is rounded up and the excess taken off, so the sum is exact. Several
        items without prices of their own stay at catalogue prices; what the total then differs is for the one who
        knows the catalogue.
        """
        units = tuple(_unit(item) for item in self.items)
        if self.total_amount is not None and len(self.items) == 1 and units[0] is None:
            goods = self.total_amount + (self.discount_amount or ZERO) - (self.delivery_amount or ZERO)
            # A delivery dearer than the total is no part of it.
            goods = goods if goods > 0 else self.total_amount
            units = (_rounded_up(goods, self.items[0].quantity),)
        known = [unit for unit in units if unit is not None]
        if len(known) < len(units):
            return Prices(units, self.discount_amount or ZERO, self.delivery_amount or ZERO)
        return Prices(units, *self.extras(sum((u * i.quantity for u, i in zip(known, self.items, strict=True)), ZERO)))

    def extras(self, lines: Decimal) -> tuple[Decimal, Decimal]:
        """(discount, delivery) between lines that come to so much and the total.

        What the columns say where it explains the difference (exporters leave one or the other out of their totals),
        else the difference itself.
        """
        discount, delivery = self.discount_amount or ZERO, self.delivery_amount or ZERO
        if self.total_amount is None:
            return min(discount, lines + delivery), delivery
        difference = lines - self.total_amount
        if not difference and not (discount or delivery):
            return ZERO, ZERO
        for told in ((discount, delivery), (discount, ZERO), (ZERO, delivery)):
            if any(told) and told[0] - told[1] == difference:
                return told
        return max(difference, ZERO), max(-difference, ZERO)


def group_rows(rows: Iterable[CleanRow]) -> list[SheetOrder]:
    """The orders of a batch, in the order in which each first appears. Rows without an order number stay alone."""
    rows = list(rows)
    if len(rows) == 1:
        return [_order(rows)]
    groups: dict[str, list[CleanRow]] = {}
    for position, row in enumerate(rows):
        groups.setdefault(row.external_id or f"\0{position}", []).append(row)
    return [_order(group) for group in groups.values()]


def _order(rows: list[CleanRow]) -> SheetOrder:
    if len(rows) == 1:
        first = rows[0]
        extras = first.discount_amount, first.delivery_amount
        return SheetOrder(first, first.items, first.total_amount, (first,), first.problems, *extras)
    first = next((row for row in rows if row.phone is not None), rows[0])
    phones = {row.phone.e164 for row in rows if row.phone is not None}
    kept, repeated = _without_repeats(rows)
    head = _filled_up(first, rows)
    total = _total(kept)
    is_whole = _tells_the_whole(rows)
    problems = [
        problem
        for row in rows
        for problem in row.problems
        if not _is_answered(problem, head, total) and not (problem.code == "product_empty" and is_whole(row))
    ]
    problems += [Problem("product", "duplicate_line", {"row": number}) for number in repeated]
    if len(phones) > 1:
        problems.append(Problem("external_id", "conflicting_rows", {"value": first.external_id}))
    items = tuple(item for row in kept for item in row.items)
    discount, delivery = _once([row.discount_amount for row in kept]), _once([row.delivery_amount for row in kept])
    return SheetOrder(head, items, total, tuple(rows), tuple(_each_once(problems)), discount, delivery)


def _without_repeats(rows: list[CleanRow]) -> tuple[list[CleanRow], list[int]]:
    """A whole row pasted twice is one row; a further line (without phone) may well repeat a product."""
    seen: set[object] = set()
    kept: list[CleanRow] = []
    repeated: list[int] = []
    for row in rows:
        content = (row.phone_text, row.name, row.items, row.total_amount)
        if row.phone is not None and content in seen:
            repeated.append(row.row_number)
            continue
        seen.add(content)
        kept.append(row)
    return kept, repeated


def _filled_up(first: CleanRow, rows: list[CleanRow]) -> CleanRow:
    """The first row, with what only its other rows tell."""
    missing = {}
    for name in _ORDER_FIELDS:
        if not getattr(first, name):
            value = next((getattr(row, name) for row in rows if getattr(row, name)), None)
            if value:
                missing[name] = value
    return first._replace(**missing) if missing else first


def _total(rows: Sequence[CleanRow]) -> Decimal | None:
    """Equal totals on every row are the order's, told again; different ones are those of the lines.

    A total on some rows only is the order's too (Shopify), unless the others carry prices of their own.
    """
    totals = [row.total_amount for row in rows if row.total_amount is not None]
    if not totals:
        return None
    if len(set(totals)) > 1:
        return sum(totals, ZERO)
    lines = sum((item.amount or ZERO for row in rows for item in row.items), ZERO)
    # 199 and 199 for two lines of 199 each are two prices, not one total.
    if len(totals) > 1 and len(totals) == len(rows) and lines == sum(totals, ZERO):
        return lines
    return totals[0]


def _once(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """What rows say of their order: the same on each is told again, different amounts are those of the lines."""
    told = [amount for amount in amounts if amount is not None]
    if not told:
        return None
    return told[0] if len(set(told)) == 1 else sum(told, ZERO)


def _tells_the_whole(rows: Sequence[CleanRow]) -> Callable[[CleanRow], bool]:
    """Rows without a product that need none: they tell of the order as a whole, and others of its lines.

    Such is a first row with client and total above rows of products, and a later one about a payment.
    """
    lines = [row for row in rows if row.items]
    are_bare = all(row.phone is None for row in lines)
    return lambda row: bool(lines) and not row.items and (are_bare or row.phone is None)


def _is_answered(problem: Problem, head: CleanRow, total: Decimal | None) -> bool:
    """Whether another row of the order tells what this row lacks."""
    wanted = _ABSENCES.get(problem.code)
    if wanted is None:
        return False
    if wanted == "total_amount":
        return total is not None
    return bool(getattr(head, wanted))


def _each_once(problems: list[Problem]) -> list[Problem]:
    unique: list[Problem] = []
    for problem in problems:
        if problem not in unique:
            unique.append(problem)
    return unique


def _unit(item: CleanItem) -> Decimal | None:
    if item.unit_amount is not None or item.offer_amount is None:
        return item.unit_amount
    return _rounded_up(item.offer_amount, item.quantity)


def _rounded_up(amount: Decimal, quantity: int) -> Decimal:
    return (amount / quantity).quantize(CENTIME, rounding=ROUND_CEILING)
