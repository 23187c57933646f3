"""Which column of a source is which of our fields, remembered by header name.

A mapping made once keeps working when columns are inserted, moved or the header slips down a row: at every
reading the columns are found again by their names. A mapped column that is gone stops the reading with a
message; a neighbour is never taken in its place.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from commanda.intake.cells import cell_text
from commanda.intake.header_words import HEADER_WORDS, WEAK
from commanda.intake.product_format import AUTOMATIC, ProductFormat
from commanda.intake.readers.base import ReadProblem, is_blank
from commanda.intake.readers.our_columns import HEADER_ROWS
from commanda.kernel.text import fold, shorten

FIELDS: Final = tuple(HEADER_WORDS)
# What every row of a source may have in common; the channel is the source's own, the rest fills empty cells.
DEFAULT_FIELDS: Final = (
    "store", "channel", "platform", "campaign", "product", "quantity", "unit_price", "city", "note",
)  # fmt: skip
# Several columns of these are joined; of all other fields the first filled column counts.
JOINED: Final[dict[str, str]] = {"product": "\n", "note": " · "}
HEADER_SEARCH_ROWS: Final = HEADER_ROWS
# A repeated header shows most of its names again; an order never does.
_REPEATED_SHARE: Final = 0.6
# A cell that ends with so many digits is a phone, however it is parted; unless the column is called so.
_NUMBER_ENDS: Final = 2
_KNOWN_NAMES: Final = frozenset(
    fold(word) for text in HEADER_WORDS.values() for word in text.replace("\n", "|").split("|") if word.strip() != WEAK
) - {""}
# A header may take two rows: a second language, or names of groups above those of columns.
_HEADER_ROWS: Final = 3
_LEAST_NAMES: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column by name. `occurrence` tells equal names apart, from 1; `index` (from 0) is where it last stood."""

    index: int
    header: str
    occurrence: int = 1

    def to_json(self) -> dict[str, Any]:
        return {"index": self.index, "header": self.header, "occurrence": self.occurrence}


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know about the mapping; `code` is a key of `headers.NOTES`."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Where a mapping's columns stand in the rows just read: per field its own, and `more` that complete it.

    `header_row` is -1 without a header.
    """

    header_row: int
    positions: dict[str, int]
    header: tuple[str, ...] = ()
    more: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def is_header(self, row: Sequence[Any]) -> bool:
        """Whether a row repeats the header."""
        at = self._named_phone
        if at is not None and at < len(row) and str(row[at])[-_NUMBER_ENDS:].isdigit():
            return False  # as nearly every row
        wanted = self._names
        may_differ = len(wanted) - max(2, _REPEATED_SHARE * len(wanted))
        for at, name in wanted if may_differ >= 0 else ():
            cell = row[at] if at < len(row) else ""
            # Folding keeps a digit at the end: most cells of an order differ by that alone.
            if not isinstance(cell, str) or (cell[-1:].isdigit() and not name[-1:].isdigit()) or fold(cell) != name:
                may_differ -= 1
                if may_differ < 0:  # an order shows after a few cells that it is none
                    break
        return may_differ >= 0

    @cached_property
    def _names(self) -> list[tuple[int, str]]:
        return [(at, self.header[at]) for at in self.positions.values() if at < len(self.header) and self.header[at]]

    @cached_property
    def _named_phone(self) -> int | None:
        """Where the phone stands, if its column has a name that is none."""
        at = self.positions.get("phone")
        is_named = at is not None and at < len(self.header) and not self.header[at][-_NUMBER_ENDS:].isdigit()
        return at if is_named else None

    def is_further_header(self, number: int, row: Sequence[Any]) -> bool:
        """Whether a row close below the header names columns, too: in another language, or in groups."""
        if not 0 <= self.header_row < number < self.header_row + _HEADER_ROWS:
            return False
        filled = [header_key(cell) for cell in row if not is_blank((cell,))]
        return len(filled) > _LEAST_NAMES and 2 * sum(name in _KNOWN_NAMES for name in filled) > len(filled)

    def cells(self, row: Sequence[Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The cells of a row by field, and the fields whose cell was made of several columns.

        Rows are shorter than the header when their last cells are empty.
        """
        width = len(row)
        cells = {name: row[at] if at < width else "" for name, at in self.positions.items()}
        made: tuple[str, ...] = ()
        for name, others in self.more.items():
            cells[name], is_made = completed(
                name, [cells.get(name, ""), *(row[at] if at < width else "" for at in others)]
            )
            if is_made:
                made = (*made, name)
        return cells, made


@dataclass(frozen=True)
class Mapping:
    """Fields and where they come from.

    `more` are columns that complete a field: used when its own is empty, or joined with it (`JOINED`). `defaults` are
    values per field for cells that are empty or not mapped; `centimes` means that prices are counted in hundredths;
    `month_first` that dates are American; `product_format` is how product cells are written, empty: they are read by
    themselves. `preset` is the key of `presets.PRESETS` that was used.
    """

    columns: dict[str, Column]
    has_header: bool = True
    defaults: dict[str, str] = field(default_factory=dict)
    centimes: bool = False
    month_first: bool = False
    preset: str = ""
    notes: tuple[Note, ...] = ()
    more: dict[str, tuple[Column, ...]] = field(default_factory=dict)
    product_format: ProductFormat = AUTOMATIC

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
        ordered = sorted(self.all_columns(), key=lambda pair: pair[0])
        wanted = [(name, fold(column.header), column.occurrence) for name, column in ordered]
        return hashlib.blake2b(repr(wanted).encode(), digest_size=12).hexdigest()

    def all_columns(self) -> Iterator[tuple[str, Column]]:
        """Every column with its field, those that complete a field after its own."""
        for name, column in self.columns.items():
            yield name, column
            for other in self.more.get(name, ()):
                yield name, other

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": {name: column.to_json() for name, column in self.columns.items()},
            "more": {name: [column.to_json() for column in columns] for name, columns in self.more.items()},
            "product_format": self.product_format.to_json() if self.product_format else None,
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
        more = {name: tuple(Column(**each) for each in listed) for name, listed in data.get("more", {}).items()}
        if unknown := {*columns, *more} - set(FIELDS):
            raise ValueError(f"unknown fields: {sorted(unknown)}")
        return cls(
            columns=columns,
            has_header=data.get("has_header", True),
            defaults=dict(data.get("defaults", {})),
            centimes=data.get("centimes", False),
            month_first=data.get("month_first", False),
            preset=data.get("preset", ""),
            notes=tuple(Note(**note) for note in data.get("notes", [])),
            more=more,
            product_format=ProductFormat.from_json(data.get("product_format") or {}),
        )

    def with_settings(self, **settings: Any) -> "Mapping":
        """The same columns with other settings (`defaults`, `centimes`, `month_first`)."""
        return replace(self, **settings)

    def locate(self, first_rows: Sequence[Sequence[Any]]) -> Layout:
        """Finds the columns in the first rows of a new reading.

        Raises `ReadProblem` `columns_missing` when a mapped column is no longer there.
        """
        if not self.has_header:
            return self._layout(-1, {column: column.index for _name, column in self.all_columns()}, ())
        wanted = [column for _name, column in self.all_columns()]
        best: tuple[int, dict[Column, int], tuple[str, ...]] = (-1, {}, ())
        for number in range(min(len(first_rows), HEADER_SEARCH_ROWS)):
            names = tuple(header_key(cell) for cell in header_cells(first_rows, number))
            places = _places(wanted, names)
            if len(places) > len(best[1]):
                best = (number, places, names)
        gone = [column.header for column in dict.fromkeys(wanted) if column not in best[1]]
        if gone or not wanted:
            raise ReadProblem("columns_missing", columns=", ".join(gone))
        return self._layout(*best)

    def _layout(self, header_row: int, places: dict[Column, int], header: tuple[str, ...]) -> Layout:
        return Layout(
            header_row,
            {name: places[column] for name, column in self.columns.items()},
            header,
            {name: tuple(places[column] for column in columns) for name, columns in self.more.items()},
        )


def completed(name: str, cells: Sequence[Any]) -> tuple[Any, bool]:
    """What a field says whose own column is the first of `cells`, and whether that is more than its own column."""
    filled = [cell for cell in cells if not is_blank((cell,))]
    if len(filled) > 1 and name in JOINED:
        return JOINED[name].join(cell_text(cell) for cell in filled), True
    if not filled or not is_blank(cells[:1]):
        return cells[0], False
    return filled[0], True


def header_cells(rows: Sequence[Sequence[Any]], number: int) -> list[Any]:
    """The names a row gives to the columns.

    A blank cell takes a known name that stands right above it: headers may take two rows.
    """
    row = list(rows[number])
    if number == 0 or sum(header_key(cell) in _KNOWN_NAMES for cell in row) < _LEAST_NAMES:
        return row
    above = rows[number - 1]
    row += [""] * (len(above) - len(row))
    return [
        above[at] if at < len(above) and not header_key(cell) and header_key(above[at]) in _KNOWN_NAMES else cell
        for at, cell in enumerate(row)
    ]


def _places(wanted: Sequence[Column], names: tuple[str, ...]) -> dict[Column, int]:
    """Where the columns stand among these names; nothing when no named one is there."""
    places: dict[tuple[str, int], int] = {}
    seen: dict[str, int] = {}
    for at, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        places[name, seen[name]] = at
    found: dict[Column, int] = {}
    for column in wanted:
        key = fold(column.header)
        # A column without a name can only be known by its place.
        place = places.get((key, column.occurrence)) if key else _unnamed(column, names)
        if place is not None:
            found[column] = place
    return found if any(column.header for column in found) else {}


def _unnamed(column: Column, names: tuple[str, ...]) -> int | None:
    return column.index if column.index >= len(names) or not names[column.index] else None


def header_key(cell: Any) -> str:
    """What a header cell is compared by; "" for cells that cannot be a header."""
    if isinstance(cell, dt.date | int | Decimal) and not isinstance(cell, bool):
        return fold(str(cell))
    return fold(shorten(str(cell), 200))
