"""One reading of a source as candidates for orders: rows of one order number together, each with its identity.

Nothing is cleaned here. Most rows of a sheet have not changed since the last reading, and knowing that must cost
little: identity and fingerprint come from the cells alone.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from commanda.intake.cells import cell_text
from commanda.intake.identity import RowKeys, fingerprint
from commanda.intake.mapped_rows import MappedRows
from commanda.intake.mapping import HEADER_SEARCH_ROWS, Layout, Mapping, header_cells

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of the source: cells by field, and what stands in its other columns by their names.

    `made` are fields whose cell was made of several columns; these are all among the others then.
    """

    number: int
    cells: dict[str, Any]
    other: dict[str, Any]
    made: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As text, complete: what a person sees and what the row can be cleaned from again."""
        made = {"made": list(self.made)} if self.made else {}
        return {
            "number": self.number,
            "cells": {name: stored_text(cell) for name, cell in self.cells.items() if cell != ""},
            "other": {name: stored_text(cell) for name, cell in self.other.items() if cell != ""},
            **made,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SourceRow":
        return cls(data["number"], data["cells"], data["other"], tuple(data.get("made", ())))


@dataclass(frozen=True, slots=True)
class Candidate:
    """The rows of one order, in the order of the sheet, with their identity and what they say."""

    key: str
    fingerprint: str
    rows: tuple[SourceRow, ...]

    @property
    def number(self) -> int:
        return self.rows[0].number

    def to_json(self) -> dict[str, Any]:
        return {"rows": [row.to_json() for row in self.rows]}


def stored_rows(cells: dict[str, Any]) -> tuple[SourceRow, ...]:
    """The rows kept in `StagedRow.cells`."""
    return tuple(SourceRow.from_json(row) for row in cells.get("rows", ()))


class Batch:
    """All rows of a reading, grouped. Holds them in memory: rows of one order may stand anywhere.

    Raises `ReadProblem` when the source cannot be read or a mapped column is gone.
    """

    def __init__(self, mapping: Mapping, rows: Iterable[Sequence[Any]]) -> None:
        source = iter(rows)
        first = list(islice(source, HEADER_SEARCH_ROWS))
        layout = mapping.locate(first)
        self.mapping = mapping
        self.header = _header(first, layout)
        mapped = MappedRows(mapping, chain(first, source))
        used = set(layout.positions.values())
        self.row_qty = 0
        self._groups: dict[str, list[SourceRow]] = {}
        keys = RowKeys()
        for row in mapped:
            self.row_qty += 1
            other = {self.column_name(at): cell for at, cell in enumerate(row.raw) if at not in used and cell != ""}
            for name in row.made:
                if (at := layout.positions[name]) < len(row.raw) and row.raw[at] != "":
                    other[self.column_name(at)] = row.raw[at]
            key = keys.key(row.cells)
            self._groups.setdefault(key, []).append(SourceRow(row.number, row.cells, other, row.made))
        self.skipped = sorted([*mapped.repeated_headers, *mapped.titles])

    def __len__(self) -> int:
        return len(self._groups)

    def __contains__(self, key: str) -> bool:
        return key in self._groups

    def candidates(self) -> Iterator[Candidate]:
        """In the order in which each first appears."""
        for key, rows in self._groups.items():
            yield make_candidate(key, rows)

    def column_name(self, at: int) -> str:
        """The header of a column, or its letter where it has none."""
        return self.header[at] if at < len(self.header) and self.header[at] else column_letter(at)


def make_candidate(key: str, rows: Sequence[SourceRow]) -> Candidate:
    """A candidate with the fingerprint of its rows, whatever their order: sorting a sheet changes no order."""
    prints = sorted(fingerprint(row.cells) for row in rows)
    whole = prints[0] if len(prints) == 1 else hashlib.blake2b("".join(prints).encode(), digest_size=20).hexdigest()
    return Candidate(key, whole, tuple(rows))


def stored_text(cell: Any) -> str:
    """A cell as text that reads the same again.

    1.299 as a number is one dirham and a bit; as a text it would be 1,299. A fourth decimal keeps it a fraction.
    """
    text = cell_text(cell)
    if isinstance(cell, Decimal) and "." in text and len(text.partition(".")[2]) == 3:
        return text + "0"
    return text


def column_letter(at: int) -> str:
    """0 → A, 26 → AA."""
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, len(_LETTERS))
        name = _LETTERS[rest] + name
    return name


def _header(first: Sequence[Sequence[Any]], layout: Layout) -> list[str]:
    """Names of the columns, equal ones numbered so that none hides another."""
    if layout.header_row < 0:
        return []
    seen: dict[str, int] = {}
    names = []
    for cell in header_cells(first, layout.header_row):
        name = " ".join(cell_text(cell)[:80].split())
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 or not name else f"{name} ({seen[name]})")
    return names
