"""Which column of a source is which of our fields, remembered by header name.

A mapping made once keeps working when columns are inserted, moved or the header slips down a row: at every
reading the columns are found again by their names. A mapped column that is gone stops the reading with a
message; a neighbour is never taken in its place.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from commanda.intake.header_words import HEADER_WORDS
from commanda.intake.readers.base import ReadProblem, is_blank
from commanda.kernel.phone import PhoneProblem, parse_phone
from commanda.kernel.text import fold, shorten

FIELDS: Final = tuple(HEADER_WORDS)
HEADER_SEARCH_ROWS: Final = 10
# A repeated header shows most of its names again; an order never does.
_REPEATED_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name. `occurrence` tells equal names apart, from 1; `index` (from 0) is where it last stood."""

    index: int
    header: str
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know about the mapping; `code` is a key of `headers.NOTES`."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A row with its cells by field. `number` is the row number people see, from 1; `raw` the whole row."""

    number: int
    cells: dict[str, Any]
    raw: list[Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a mapping's columns stand in the rows just read. `header_row` is -1 without a header."""

    header_row: int
    positions: dict[str, int]
    header: tuple[str, ...] = ()

    def is_header(self, row: Sequence[Any]) -> bool:
        """Whether a row repeats the header."""
        wanted = [(at, self.header[at]) for at in self.positions.values() if at < len(self.header) and self.header[at]]
        same = sum(1 for at, name in wanted if at < len(row) and isinstance(row[at], str) and fold(row[at]) == name)
        return same >= 2 and same >= _REPEATED_SHARE * len(wanted)


@dataclass(frozen=True)
class Mapping:
    """Fields and where they come from.

    `defaults` are values per field for cells that are empty or not mapped; `centimes` means that prices are counted
    in hundredths; `month_first` that dates are American.
    """

    columns: dict[str, Column]
    has_header: bool = True
    defaults: dict[str, str] = field(default_factory=dict)
    centimes: bool = False
    month_first: bool = False
    preset: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields without which no row can become an order."""
        known = {*self.columns, *(name for name, value in self.defaults.items() if value)}
        return tuple(
            name
            for name, alternatives in (("phone", {"phone"}), ("product", {"product", "sku"}))
            if not alternatives & known
        )

    @property
    def signature(self) -> str:
        """Equal for mappings that want the same columns, wherever these stand."""
        wanted = sorted((name, fold(column.header), column.occurrence) for name, column in self.columns.items())
        return hashlib.blake2b(repr(wanted).encode(), digest_size=12).hexdigest()

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": {
                name: {"index": column.index, "header": column.header, "occurrence": column.occurrence}
                for name, column in self.columns.items()
            },
            "has_header": self.has_header,
            "defaults": dict(self.defaults),
            "centimes": self.centimes,
            "month_first": self.month_first,
            "preset": self.preset,
            "notes": [{"code": note.code, "params": note.params} for note in self.notes],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Mapping":
        """Reads `to_json`; unknown fields raise `ValueError`, absent settings get their defaults."""
        columns = {name: Column(**column) for name, column in data["columns"].items()}
        if unknown := set(columns) - set(FIELDS):
            raise ValueError(f"unknown fields: {sorted(unknown)}")
        return cls(
            columns=columns,
            has_header=data.get("has_header", True),
            defaults=dict(data.get("defaults", {})),
            centimes=data.get("centimes", False),
            month_first=data.get("month_first", False),
            preset=data.get("preset", ""),
            notes=tuple(Note(**note) for note in data.get("notes", [])),
        )

    def with_settings(self, **settings: Any) -> "Mapping":
        """The same columns with other settings (`defaults`, `centimes`, `month_first`)."""
        return replace(self, **settings)

    def locate(self, first_rows: Sequence[Sequence[Any]]) -> Layout:
        """Finds the columns in the first rows of a new reading.

        Raises `ReadProblem` `columns_missing` when a mapped column is no longer there.
        """
        if not self.has_header:
            return Layout(-1, {name: column.index for name, column in self.columns.items()})
        best: Layout | None = None
        for number, row in enumerate(first_rows[:HEADER_SEARCH_ROWS]):
            names = tuple(header_key(cell) for cell in row)
            positions = self._positions(names)
            if positions and (best is None or len(positions) > len(best.positions)):
                best = Layout(number, positions, names)
        if best is None or len(best.positions) < len(self.columns):
            found = best.positions if best else {}
            gone = ", ".join(column.header for name, column in self.columns.items() if name not in found)
            raise ReadProblem("columns_missing", columns=gone)
        return best

    def _positions(self, names: tuple[str, ...]) -> dict[str, int]:
        places: dict[tuple[str, int], int] = {}
        seen: dict[str, int] = {}
        for at, name in enumerate(names):
            seen[name] = seen.get(name, 0) + 1
            places[name, seen[name]] = at
        found: dict[str, int] = {}
        for field_name, column in self.columns.items():
            key = fold(column.header)
            # A column without a name can only be known by its place.
            place = places.get((key, column.occurrence)) if key else self._unnamed(column, names)
            if place is not None:
                found[field_name] = place
        return found if any(self.columns[name].header for name in found) else {}

    def _unnamed(self, column: Column, names: tuple[str, ...]) -> int | None:
        return column.index if column.index >= len(names) or not names[column.index] else None


class MappedRows:
    """The rows of a reading as `MappedRow`, blank ones and repeated headers left out.

    After iteration `repeated_headers` and `titles` hold the row numbers left out for being no orders.
    Raises `ReadProblem` `columns_missing` on the first step.
    """

    def __init__(self, mapping: Mapping, rows: Iterable[Sequence[Any]]) -> None:
        self._mapping = mapping
        self._rows = iter(rows)
        self.repeated_headers: list[int] = []
        self.titles: list[int] = []

    def __iter__(self) -> Iterator[MappedRow]:
        first = list(islice(self._rows, HEADER_SEARCH_ROWS))
        layout = self._mapping.locate(first)
        for number, row in enumerate(chain(first, self._rows)):
            if number == layout.header_row or is_blank(row):
                continue
            if self._mapping.has_header and layout.is_header(row):
                self.repeated_headers.append(number + 1)
            elif number < layout.header_row and not _has_phone(row, layout):
                self.titles.append(number + 1)
            else:
                yield MappedRow(number + 1, row_cells(row, layout), list(row))


def row_cells(row: Sequence[Any], layout: Layout) -> dict[str, Any]:
    """The cells of a row by field; rows are shorter than the header when their last cells are empty."""
    return {name: row[at] if at < len(row) else "" for name, at in layout.positions.items()}


def header_key(cell: Any) -> str:
    """What a header cell is compared by; "" for cells that cannot be a header."""
    if isinstance(cell, dt.date | int | Decimal) and not isinstance(cell, bool):
        return fold(str(cell))
    return fold(shorten(str(cell), 200))


def looks_like_phone(value: Any) -> bool:
    """Whether a cell holds a Moroccan number (or several)."""
    text = str(value)
    if not 9 <= len(text) <= 60:
        return False
    try:
        parse_phone(text)
    except PhoneProblem as problem:
        return problem.code == "two_numbers"
    return True


def _has_phone(row: Sequence[Any], layout: Layout) -> bool:
    """A row above the header that holds a phone is an order somebody pasted there, not a title."""
    at = layout.positions.get("phone")
    return at is not None and at < len(row) and looks_like_phone(row[at])
