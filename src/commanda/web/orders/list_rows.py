"""Rows of the orders list: of each order just what the columns show, without the objects of the ORM.

A row is a dictionary by the ORM's names of fields (`state__color`). Two kinds of names stand for more than a field:
`city__name` is the one in the reader's language, and what belongs to an order from other tables is read once for all
rows: `lines` (quantity and label of each), `parcel` (the current one's fields or None), `source` (its name or None).
"""

from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import get_language

from commanda.intake.selectors import source_names_of
from commanda.kernel.pagination import KeysetPage, keyset_page
from commanda.orders.models import Order
from commanda.orders.selectors import line_texts, order_fields
from commanda.shipping.selectors import current_parcel_fields

Row = dict[str, Any]

AT_ONCE: Final = 500
# The name → the fields that hold it, by language; French stands in for what is empty.
_TRANSLATED: Final = {
    "state__label": ("fr", "ar", "en"),
    "reason__label": ("fr", "ar", "en"),
    "order_type__label": ("fr", "ar", "en"),
    "city__name": ("fr", "ar"),
}
_BESIDE: Final[dict[str, Callable[[list[int]], dict[int, Any]]]] = {
    "lines": line_texts,
    "parcel": current_parcel_fields,
    "source": source_names_of,
}
_NOTHING: Final[dict[str, Any]] = {"lines": ()}


def read_page(orders: QuerySet[Order], names: Collection[str], cursor: str | None) -> KeysetPage[Row]:
    """A page of the list, the newest orders first; a constant number of queries."""
    which = keyset_page(orders.values("id"), order=("-id",), cursor=cursor)
    rows = _rows([row["id"] for row in which], names, _in_language(names))
    return KeysetPage(rows, which.next_cursor, which.previous_cursor)


def read_all(orders: QuerySet[Order], names: Collection[str], most: int) -> Iterator[Row]:
    """Up to `most` rows as they are needed, some hundred at a time, all in the language in force at the first."""
    spoken = _in_language(names)
    found = orders.values_list("id", flat=True)[:most].iterator(chunk_size=AT_ONCE)
    while ids := list(islice(found, AT_ONCE)):
        yield from _rows(ids, names, spoken)


def _in_language(names: Collection[str]) -> dict[str, str]:
    """The names that are translated → the field in the reader's language, if they are kept in it."""
    language = (get_language() or "fr")[:2]
    translated = _TRANSLATED.keys() & names
    return {name: f"{name}_{language if language in _TRANSLATED[name] else 'fr'}" for name in translated}


def _rows(ids: list[int], names: Collection[str], spoken: dict[str, str]) -> list[Row]:
    """The rows of these orders, in this order; what was deleted meanwhile is left out.

    Read by themselves once it is known which: so the tables beside the orders are joined for those alone, by a plan
    that is made once, however wrong the planner is about how many orders a word is found in.
    """
    plain = {"id"} | set(names) - _TRANSLATED.keys() - _BESIDE.keys()
    fields = sorted(plain | set(spoken.values()) | {f"{name}_fr" for name in spoken})
    found = order_fields(ids, *fields)
    rows = [found[pk] for pk in ids if pk in found]
    for name, field in spoken.items():
        for row in rows:
            row[name] = row[field] or row[f"{name}_fr"]
    for name in _BESIDE.keys() & names:
        beside = _BESIDE[name](ids)
        for row in rows:
            row[name] = beside.get(row["id"], _NOTHING.get(name))
    return rows
