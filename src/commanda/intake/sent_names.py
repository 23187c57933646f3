"""Which column is which in what a program sends: names with dots say more than the headers of a sheet.

"billing.phone" is a phone, "line_items.name" a product, "customer.id" no order number. Each name is put into the words
of a sheet, then guessed like a sheet; of several people in an order (who receives, who pays) the first one counts and
the others complete what he lacks.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from commanda.intake.deliveries import LINES
from commanda.intake.headers import guess_mapping
from commanda.intake.mapping import Column, Mapping
from commanda.kernel.text import fold

# Whose word counts first, by the folded name of the group.
_PEOPLE: Final = (
    "shipping address", "shipping", "delivery address", "delivery", "destination", "recipient", "customer", "client",
    "contact", "buyer", "address", "billing address", "billing", "user",
)  # fmt: skip
_WORDS_OF_PEOPLE: Final = {
    "name": "full name", "full name": "full name", "fullname": "full name", "first name": "first name",
    "firstname": "first name", "last name": "last name", "lastname": "last name", "phone": "phone",
    "phone number": "phone", "telephone": "phone", "tel": "phone", "mobile": "phone", "city": "city", "ville": "city",
    "address": "address", "address1": "address", "address 1": "address", "street": "address", "line1": "address",
    "line 1": "address", "first line": "address",
}  # fmt: skip
_WORDS_OF_LINES: Final = {
    "name": "product name", "title": "product name", "product name": "product name", "product title": "product name",
    "product": "product name", "sku": "sku", "quantity": "quantity", "qty": "quantity", "price": "unit price",
    "unit price": "unit price", "color": "color", "colour": "color", "size": "size",
}  # fmt: skip
# A person's fields that another person of the same order may complete.
_COMPLETED: Final = frozenset({"phone", "city", "address", "name", "first_name", "last_name"})


def guess_sent(rows: Sequence[Sequence[Any]]) -> Mapping:
    """The likeliest mapping of rows below a header of sent names. `missing` and `notes` tell what is not sure:
    the note "no_header" that no name was recognised, and all was guessed from what stands in the cells.
    """
    header = [str(name) for name in rows[0]] if rows else []
    words = [_in_words(name, header) for name in header]
    first: dict[str, int] = {}
    for at in sorted(range(len(header)), key=lambda at: (_rank(header[at]), at)):
        if words[at]:
            first.setdefault(words[at], at)
    shown = [word if first.get(word) == at else "" for at, word in enumerate(words)]
    guessed = guess_mapping([shown, *(row[: len(header)] for row in rows[1:])])  # what has no name cannot be mapped
    columns = {name: _column(column.index, header) for name, column in guessed.columns.items()}
    more = {
        name: tuple(
            _column(at, header)
            for at in sorted(range(len(header)), key=lambda at: (_rank(header[at]), at))
            if at != columns[name].index and words[at] and words[at] == words[columns[name].index]
        )
        for name in columns
        if name in _COMPLETED
    }
    more = {name: others for name, others in more.items() if others}
    return replace(guessed, columns=columns, more=more, has_header=True)


def _in_words(name: str, header: Sequence[str]) -> str:
    """The name as a sheet would have it; "" for what is no matter of ours."""
    *groups, last = (fold(part) for part in name.split("."))
    if not groups:
        # Where people have names of their own, the order's "name" is its number.
        is_number = last == "name" and any(fold(other).endswith(" name") and "." in other for other in header)
        return "" if is_number else last
    if groups[0] in {fold(lines) for lines in LINES}:
        return _WORDS_OF_LINES.get(last, "") if last != "id" else ""
    if any(group in _PEOPLE for group in groups):
        return _WORDS_OF_PEOPLE.get(last, "")
    return "" if last in {"id", "name"} else last


def _rank(name: str) -> int:
    """Names without a group first, then people in the order of `_PEOPLE`, then the rest."""
    groups = [fold(part) for part in name.split(".")[:-1]]
    known = [_PEOPLE.index(group) + 1 for group in groups if group in _PEOPLE]
    return 0 if not groups else min(known, default=len(_PEOPLE) + 1)


def _column(at: int, header: Sequence[str]) -> Column:
    same = sum(fold(name) == fold(header[at]) for name in header[: at + 1])
    return Column(at, header[at], same)
