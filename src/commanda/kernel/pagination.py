"""Keyset pages: the same speed on page 1 and page 1,000, and no row twice when new ones arrive meanwhile.

page = keyset_page(orders, order=("-created_at", "-id"), cursor=request.GET.get("after"))
page.rows, page.next_cursor, page.previous_cursor
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, Generic, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.kernel.errors import Invalid

Row = TypeVar("Row")
DEFAULT_SIZE = 50
MAX_SIZE = 200


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """One page of rows; a cursor is None at that end of the list."""

    rows: list[Row]
    next_cursor: str | None = None
    previous_cursor: str | None = None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_other_pages(self) -> bool:
        return bool(self.next_cursor or self.previous_cursor)


def _encode(row: Any, fields: list[str], *, backwards: bool) -> str:
    values = [row[name] if isinstance(row, dict) else reduce(getattr, name.split("__"), row) for name in fields]
    text = json.dumps([int(backwards), *values], cls=DjangoJSONEncoder)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, model: type[Model], fields: list[str]) -> tuple[bool, list[Any]] | None:
    """The direction and the values of a cursor; None when it is not one of ours."""
    try:
        raw = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        backwards, *values = raw
        if len(values) != len(fields) or None in values:
            return None
        return bool(backwards), [
            _field(model, name).to_python(value) for name, value in zip(fields, values, strict=True)
        ]
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError, FieldDoesNotExist):
        return None


def _field(model: type[Model], name: str) -> Any:
    *path, last = name.split("__")
    for part in path:
        model = model._meta.get_field(part).related_model  # type: ignore[assignment]
    return model._meta.get_field(last)


def _beyond(fields: list[tuple[str, bool]], values: list[Any]) -> Q:
    """Rows after `values`: a < x or (a = x and b < y) …, bounded on the first field for the index."""
    condition, equal = Q(), Q()
    for (name, descending), value in zip(fields, values, strict=True):
        condition |= equal & Q(**{f"{name}__{'lt' if descending else 'gt'}": value})
        equal &= Q(**{name: value})
    first, descending = fields[0]
    return Q(**{f"{first}__{'lte' if descending else 'gte'}": values[0]}) & condition


def keyset_page(
    rows: QuerySet[Any, Row],
    *,
    order: tuple[str, ...],
    cursor: str | None = None,
    size: int = DEFAULT_SIZE,
    is_strict: bool = False,
) -> KeysetPage[Row]:
    """The page of `rows` (objects or `values()`) at `cursor`, in `order` (Django names, `-` for descending).

    The fields of `order` must be unique together and never null: end with `id`. An unreadable cursor gives
    the first page, or with `is_strict` raises `Invalid`. At most `MAX_SIZE` rows; one query.
    """
    size = min(max(size, 1), MAX_SIZE)
    fields = [(name.lstrip("-"), name.startswith("-")) for name in order]
    names = [name for name, _descending in fields]
    decoded = _decode(cursor, rows.model, names) if cursor else None
    if cursor and decoded is None and is_strict:
        raise Invalid(
            _("This cursor is not one of ours. Start from the first page."), field="cursor", code="bad_cursor"
        )
    backwards, values = decoded or (False, None)
    if backwards:
        fields = [(name, not descending) for name, descending in fields]
    ordered = rows.order_by(*(f"-{name}" if descending else name for name, descending in fields))
    found = list((ordered.filter(_beyond(fields, values)) if values is not None else ordered)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if backwards and not has_more:
        # The way back reached the beginning: show a full first page, with what arrived meanwhile.
        return keyset_page(rows, order=order, size=size)
    if backwards:
        found.reverse()
    if not found:
        return KeysetPage([])
    has_next = backwards or has_more
    has_previous = backwards or values is not None
    return KeysetPage(
        found,
        next_cursor=_encode(found[-1], names, backwards=False) if has_next else None,
        previous_cursor=_encode(found[0], names, backwards=True) if has_previous else None,
    )
