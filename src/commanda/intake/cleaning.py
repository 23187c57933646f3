"""Turns the cells of one row into clean values and a list of what is wrong with them. No database, no guessing.

A row is never dropped and nothing is repaired in silence: what cannot be read stays as it was written, with a
problem. A problem that rejects keeps the row in the inbox, a warning lets it through.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from commanda.customers.city_names import CityIndex
from commanda.intake.cells import QuantityProblem, cell_text, cell_texts, holds_formula, holds_html, parse_quantity
from commanda.intake.clean_row import CleanItem, CleanRow
from commanda.intake.problems import PROBLEMS, Problem, ProblemText, Severity, Suggestion
from commanda.intake.product_format import AUTOMATIC, ProductFormat
from commanda.intake.product_text import ParsedItem, ProductMatcher, parse_products
from commanda.intake.readers.base import plain_cell
from commanda.kernel.dates import DateProblem, parse_instant
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.phone import Phone, PhoneProblem, parse_phone, split_name_and_phone
from commanda.kernel.text import fold, is_formula_error, shorten
from commanda.orders.utm import UTM_LENGTH, UTM_NAMES

__all__ = [
    "PROBLEMS",
    "CleanItem",
    "CleanRow",
    "CleaningContext",
    "Problem",
    "ProblemText",
    "Severity",
    "Suggestion",
    "clean_row",
]

# Characters kept per field, as the order can hold them.
LIMITS: Final = {
    "external_id": 100,
    "store": 80,
    "agent": 120,
    "name": 200,
    "first_name": 100,
    "last_name": 100,
    "phone": 120,
    "phone2": 120,
    "city": 100,
    "address": 500,
    "product": 1000,
    "sku": 120,
    "variant_color": 60,
    "variant_size": 60,
    "quantity": 60,
    "note": 1000,
    "platform": 30,
    "campaign": 120,
    "ad_set": 120,
    **{f"utm_{name}": UTM_LENGTH for name in UTM_NAMES},
    "tracking": 60,
    "carrier": 80,
    "status": 80,
}
_UTM_FIELDS: Final = tuple((f"utm_{name}", name) for name in UTM_NAMES)
_SHOWN: Final = 80
# An order number that is cut would make two orders one; a hash in place of the tail keeps them apart.
_HASHED_TAIL: Final = 32
_PHONE_LABELS: Final = frozenset(
    map(fold, ("tel", "telephone", "phone", "gsm", "num", "n", "mobile", "الهاتف", "هاتف"))
)


@dataclass(frozen=True)
class CleaningContext:
    """What the rows of one source are read against; build it once per import.

    `defaults` are texts per field for empty cells. With `centimes` prices count hundredths of a dirham, with
    `month_first` dates are American; `product_format` is how product cells are written. `now` bounds
    dates; the present when None.
    """

    city_index: CityIndex
    products: ProductMatcher
    defaults: Mapping[str, str] = field(default_factory=dict)
    centimes: bool = False
    month_first: bool = False
    product_format: ProductFormat = AUTOMATIC
    now: dt.datetime | None = None
    _parsed: dict[tuple[str, str, str, str], tuple[ParsedItem, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def parse_products(self, text: str, sku: str, color: str, size: str) -> tuple[ParsedItem, ...]:
        """`product_text.parse_products`, remembered: a sheet repeats a few texts thousands of times."""
        key = (text, sku, color, size)
        parsed = self._parsed.get(key)
        if parsed is None:
            if len(self._parsed) > 20_000:
                self._parsed.clear()
            default = self.defaults.get("product", "")
            parsed = self._parsed[key] = parse_products(
                text, self.products, sku=sku, color=color, size=size, default=default, layout=self.product_format
            )
        return parsed


def clean_row(cells: Mapping[str, Any], context: CleaningContext, *, row_number: int = 0) -> CleanRow:
    """Cleans one row given as field → cell. Never raises for what stands in cells."""
    return _Cleaning(cells, context).row(row_number)


class _Cleaning:
    """One row under way: collects problems while fields are read."""

    def __init__(self, cells: Mapping[str, Any], context: CleaningContext) -> None:
        self._cells = cells
        self._context = context
        self._problems: list[Problem] = []
        # The filled cells as text, the source's defaults for the others; cut only far above any limit.
        told = {name: text for name, text in cell_texts(cells).items() if text}
        self._texts: Mapping[str, str] = {**context.defaults, **told} if context.defaults else told

    def row(self, number: int) -> CleanRow:
        name, phone = self._name_and_phone()
        address = self._text("address")
        city_text = self._text("city")
        items = self._items()
        total = self._amount("total_price")
        self._check_price(items, total)
        return CleanRow(
            row_number=number,
            external_id=self._external_id(),
            ordered_at=self._ordered_at(),
            store=self._text("store"),
            agent=self._text("agent"),
            name=name,
            phone=phone,
            phone_text=self._raw("phone"),
            phone2=self._phone2(phone),
            city_id=self._city(city_text, address),
            city_text=city_text,
            address=address,
            items=items,
            total_amount=total,
            discount_amount=self._extra("discount"),
            delivery_amount=self._extra("delivery"),
            note=self._text("note"),
            platform=self._text("platform"),
            campaign=self._text("campaign"),
            ad_set=self._text("ad_set"),
            utm=self._utm(),
            tracking=self._text("tracking"),
            carrier=self._text("carrier"),
            status=self._text("status"),
            problems=tuple(self._problems),
        )

    def _add(self, name: str, code: str, *, suggestions: tuple[Suggestion, ...] = (), **params: Any) -> None:
        self._problems.append(Problem(name, code, params, suggestions))

    def _raw(self, name: str) -> str:
        return self._texts.get(name, "")

    def _text(self, name: str) -> str:
        """A text field: errors of formulas count as empty, HTML and formulas stay text, the length is kept."""
        text = self._texts.get(name, "")
        if not text:
            return ""
        if text[0] == "#" and is_formula_error(text):
            self._add(name, "cell_error", value=text)
            return ""
        if holds_html(text):
            self._add(name, "html_text")
        elif holds_formula(text):
            self._add(name, "formula_text")
        limit = LIMITS[name]
        if len(text) > limit:
            self._add(name, "text_too_long", length=len(text), limit=limit)
            text = text[: limit - 1].rstrip() + "…"
        return text

    def _utm(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, text) for field_name, name in _UTM_FIELDS if (text := self._text(field_name)))

    def _external_id(self) -> str:
        text = self._raw("external_id")
        if is_formula_error(text):
            self._add("external_id", "cell_error", value=text)
            return ""
        limit = LIMITS["external_id"]
        if len(text) <= limit:
            return text
        self._add("external_id", "text_too_long", length=len(text), limit=limit)
        tail = hashlib.blake2b(text.encode(), digest_size=_HASHED_TAIL // 2).hexdigest()
        return text[: limit - _HASHED_TAIL] + tail

    def _ordered_at(self) -> dt.datetime | None:
        value = self._cells.get("ordered_at", "")
        if value == "":
            return None
        try:
            return parse_instant(value, now=self._context.now, month_first=self._context.month_first)
        except DateProblem as problem:
            if problem.code != "empty":
                self._add("ordered_at", f"date_{problem.code}", value=shorten(problem.raw, _SHOWN))
            return None

    def _name_and_phone(self) -> tuple[str, Phone | None]:
        name = self._text("name") or " ".join(filter(None, (self._text("first_name"), self._text("last_name"))))
        written = self._raw("phone")
        in_name, phone_in_name = split_name_and_phone(name) if any(map(str.isdigit, name)) else (name, None)
        phone: Phone | None = None
        try:
            phone = parse_phone(written)
        except PhoneProblem as problem:
            if problem.code == "empty" and phone_in_name is not None:
                self._add("phone", "phone_from_name")
                phone = phone_in_name
            else:
                self._reject_phone(problem)
        if phone_in_name is not None:
            name = in_name
        if not name and phone is not None:
            beside, _ = split_name_and_phone(written)
            name = "" if fold(beside) in _PHONE_LABELS else beside[: LIMITS["name"]]
        if not name:
            self._add("name", "name_empty")
        return name, phone

    def _reject_phone(self, problem: PhoneProblem) -> None:
        suggestions = tuple(Suggestion(each.national, each.display) for each in problem.candidates)
        self._add("phone", f"phone_{problem.code}", suggestions=suggestions, value=shorten(problem.raw, _SHOWN))

    def _phone2(self, phone: Phone | None) -> Phone | None:
        """The second number, unless it is the first one again."""
        written = self._raw("phone2")
        if not written:
            return None
        try:
            second = parse_phone(written)
        except PhoneProblem as problem:
            if problem.code != "empty":
                self._add("phone2", "phone2_unreadable", value=shorten(written, _SHOWN))
            return None
        return second if phone is None or second.e164 != phone.e164 else None

    def _city(self, text: str, address: str) -> int | None:
        index = self._context.city_index
        if text:
            found = index.match(text)
            if found is None:
                within = index.find_in_address(text)
                likely = [city for city, _score in index.suggest(text) if city != within]
                nearest = [within, *likely] if within is not None else likely
                suggestions = tuple(map(Suggestion, nearest))
                self._add("city", "city_unknown", suggestions=suggestions, value=shorten(text, _SHOWN))
            return found
        named = index.find_in_address(address) if address else None
        if named is not None:
            self._add("city", "city_from_address", suggestions=(Suggestion(named),))
        else:
            self._add("city", "city_empty")
        return None

    def _items(self) -> tuple[CleanItem, ...]:
        text, sku = self._text("product"), self._text("sku")
        if not (text or sku):
            self._add("product", "product_empty")
            return ()
        parsed = self._context.parse_products(text, sku, self._text("variant_color"), self._text("variant_size"))
        for item in parsed:
            if item.variant_id is None:
                self._reject_product(item, sku)
        quantities = self._quantities(parsed)
        unit = self._amount("unit_price") if len(parsed) == 1 else None
        return tuple(
            CleanItem(
                text=item.text or sku,
                variant_id=item.variant_id,
                quantity=quantity,
                unit_amount=unit,
                # The text's price is that of the text's pieces, not of another number of them.
                offer_amount=item.amount if quantity == (item.quantity or 1) else None,
            )
            for item, quantity in zip(parsed, quantities, strict=True)
        )

    def _reject_product(self, item: ParsedItem, sku: str) -> None:
        written = item.text or sku
        nearest = self._context.products.suggest(written)
        suggestions = tuple(Suggestion(each.pk, each.label) for each in nearest)
        self._add("product", item.problem, suggestions=suggestions, value=shorten(written, _SHOWN))

    def _quantities(self, items: tuple[ParsedItem, ...]) -> list[int]:
        """One quantity per item: from the column, else from the texts, else 1. Unreadable ones are rejected as 1."""
        told = [item.quantity or 1 for item in items]
        text = self._raw("quantity")
        if not text:
            return told
        parts = text.replace("\n", "+").replace(";", "+").split("+") if len(items) > 1 else [text]
        read = [self._quantity(part.strip()) for part in parts]
        if len(read) == len(items):
            # "2 pcs à 199 dh" beside a column that says 1: one offer of two pieces.
            return [mine if mine > 1 or len(items) > 1 else own for mine, own in zip(read, told, strict=True)]
        if read not in ([1], [sum(told)], [len(items)]):
            self._add("quantity", "quantity_ambiguous", value=shorten(text, _SHOWN), count=len(items))
        return told

    def _quantity(self, text: str) -> int:
        try:
            return parse_quantity(text)
        except QuantityProblem as problem:
            self._add("quantity", f"quantity_{problem.code}", value=shorten(text, _SHOWN))
            return 1

    def _amount(self, name: str) -> Decimal | None:
        """A price column in dirhams; None when it is empty or was rejected."""
        value = plain_cell(self._cells.get(name, ""))
        try:
            if value == "":
                usual = self._context.defaults.get(name, "")
                return parse_amount(usual) if usual else None  # typed by a person, in dirhams
            readable = value if isinstance(value, int | Decimal) else self._raw(name)
            amount = parse_amount(readable, centimes=self._context.centimes)
        except AmountProblem as problem:
            if problem.code != "empty":
                self._add(name, f"price_{problem.code}", value=shorten(problem.raw, _SHOWN))
            return None
        if amount == 0:
            self._add(name, "price_zero")
        return amount

    def _extra(self, name: str) -> Decimal | None:
        """Discount or delivery, when the source has such a column; a discount may be written below zero."""
        if name not in self._cells:
            return None
        value = plain_cell(self._cells[name])
        readable: str | int | Decimal
        if isinstance(value, Decimal):  # `abs` would compute, and a Decimal that is no number cannot be computed with
            readable = value.copy_abs()
        else:
            readable = abs(value) if isinstance(value, int) else cell_text(value).lstrip("-−")
        try:
            return parse_amount(readable, centimes=self._context.centimes)
        except AmountProblem as problem:
            if problem.code != "empty":
                self._add(name, "extra_unreadable", value=shorten(problem.raw, _SHOWN))
            return None

    def _check_price(self, items: tuple[CleanItem, ...], total: Decimal | None) -> None:
        """A row that tells no price at all is worth a remark; a price that was rejected has its own."""
        told = total is not None or any(item.amount is not None for item in items)
        if not told and not any(problem.code.startswith("price_") for problem in self._problems):
            self._add("total_price", "price_empty")
