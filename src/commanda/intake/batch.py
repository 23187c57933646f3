"""One reading of a source as candidates for orders: rows of one order number together, each with its identity.

Nothing is cleaned here. Most rows of a sheet have not changed since the last reading, and knowing that must cost
little: identity and fingerprint come from the cells alone.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from commanda.intake.cells import cell_text, cell_texts
from commanda.intake.identity import DIGEST_BYTES, RowKeys, digest, fingerprint
from commanda.intake.mapped_rows import MappedRows
from commanda.intake.mapping import HEADER_SEARCH_ROWS, Layout, Mapping, header_cells
from commanda.intake.spool import BLOCK_ROWS, Spool
from commanda.kernel.copies import Beside

# So many rows are marked and taken in by one process; more of them by copies of it, on as many cores. What the web
# server takes in itself is less: it is not made to be forked.
ALONE: Final = 10_000
_LOADED: Final = 1_000
NumberedRow = tuple[int, list[Any]]
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class SourceRow(NamedTuple):
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
            "cells": stored_texts(self.cells),
            "other": stored_texts(self.other),
            **made,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "SourceRow":
        return cls(data["number"], data["cells"], data["other"], tuple(data.get("made", ())))


class Candidate(NamedTuple):
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


class Sighting(NamedTuple):
    """A candidate as a reading knows it before anybody asks for its rows: `places` are those in the reading."""

    key: str
    fingerprint: str
    places: tuple[int, ...]

    @property
    def row_qty(self) -> int:
        return len(self.places)


class Marks(NamedTuple):
    """What rows are known by: key, fingerprint and the last digit of the phone of each."""

    keys: list[str]
    prints: bytes
    endings: bytes


class Batch:
    """All rows of a reading, grouped: rows of one order may stand anywhere. In memory are keys and fingerprints only.

    `may_fork`: a copy of this process may mark the rows of a long reading meanwhile. Raises `ReadProblem` when the
    source cannot be read or a mapped column is gone.
    """

    def __init__(self, mapping: Mapping, rows: Iterable[Sequence[Any]], *, may_fork: bool = False) -> None:
        source = iter(rows)
        first = list(islice(source, HEADER_SEARCH_ROWS))
        self._layout = mapping.locate(first)
        self._used = frozenset(self._layout.positions.values())
        self.mapping = mapping
        self.header = _header(first, self._layout)
        mapped = MappedRows(mapping, chain(first, source))
        self.row_qty = 0
        self._spool = Spool()
        self._prints = bytearray()
        # The last digit of each row's phone, by which rows are shared out.
        self._endings = bytearray()
        self._first: dict[str, int] = {}
        self._further: dict[str, list[int]] = {}
        for marks in self._marked(mapped.numbered(), may_fork=may_fork):
            self._note(marks)
        self.skipped = sorted([*mapped.repeated_headers, *mapped.titles])

    def _marked(self, rows: Iterator[NumberedRow], *, may_fork: bool) -> Iterator[Marks]:
        """Put all rows aside and mark them; the first of a reading here, what follows in a copy, while we read on."""
        keys = RowKeys()

        def mark(block: Sequence[NumberedRow]) -> Marks:
            return _marks(keys, [self._layout.cells(row)[0] for _number, row in block])

        here = islice(rows, ALONE) if may_fork else rows
        while block := list(islice(here, BLOCK_ROWS)):
            self._spool.append(block)
            yield mark(block)
        block = list(islice(rows, BLOCK_ROWS))
        if not block:
            return

        def mark_there(place: tuple[int, int]) -> Marks:
            return mark(self._spool.block(*place))

        with Beside(mark_there) as copy:
            while block:
                yield from copy.hand(self._spool.append(block))
                block = list(islice(rows, BLOCK_ROWS))
            yield from copy.rest()

    def _note(self, marks: Marks) -> None:
        self._prints += marks.prints
        self._endings += marks.endings
        first, further = self._first, self._further
        for at, key in enumerate(marks.keys, self.row_qty):
            if first.setdefault(key, at) != at:
                further.setdefault(key, []).append(at)
        self.row_qty += len(marks.keys)

    def __len__(self) -> int:
        return len(self._first)

    def __contains__(self, key: str) -> bool:
        return key in self._first

    def sightings(self, share: int = 0, shares: int = 1) -> Iterator[Sighting]:
        """In the order in which each first appears; or one of several shares, where rows of one phone are together."""
        for key, place in self._first.items():
            if self._endings[place] % shares != share:
                continue
            places = (place, *self._further[key]) if key in self._further else (place,)
            yield Sighting(key, _whole_print([self._print(at) for at in places]), places)

    def candidates(self) -> Iterator[Candidate]:
        """All of them, with their rows."""
        sightings = self.sightings()
        while some := list(islice(sightings, _LOADED)):
            yield from self.load(some)

    def load(self, sightings: Sequence[Sighting]) -> list[Candidate]:
        """These candidates with their rows."""
        found = self._spool.rows(place for sighting in sightings for place in sighting.places)
        return [
            Candidate(key, whole, tuple(self._source_row(*found[place]) for place in places))
            for key, whole, places in sightings
        ]

    def column_name(self, at: int) -> str:
        """The header of a column, or its letter where it has none."""
        return self.header[at] if at < len(self.header) and self.header[at] else column_letter(at)

    def _print(self, place: int) -> str:
        return self._prints[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES].hex()

    def _source_row(self, number: int, raw: Sequence[Any]) -> SourceRow:
        cells, made = self._layout.cells(raw)
        used = self._used
        if made:  # a field that is made of several columns stands for none of them
            used = used - {self._layout.positions[name] for name in made}
        other = {self.column_name(at): cell for at, cell in enumerate(raw) if at not in used and cell != ""}
        return SourceRow(number, cells, other, made)


def _marks(keys: RowKeys, rows: Sequence[dict[str, Any]]) -> Marks:
    return Marks(
        [keys.key(cells) for cells in rows],
        b"".join(map(digest, rows)),
        bytes(_last_digit(cells.get("phone", "")) for cells in rows),
    )


def _last_digit(phone: Any) -> int:
    text = str(phone)
    if text[-1:].isdecimal():
        return int(text[-1])
    return next((int(char) for char in reversed(text) if char.isdecimal()), 0)


def make_candidate(key: str, rows: Sequence[SourceRow]) -> Candidate:
    """A candidate with the fingerprint of its rows."""
    return Candidate(key, _whole_print([fingerprint(row.cells) for row in rows]), tuple(rows))


def _whole_print(prints: list[str]) -> str:
    """The fingerprint of rows, whatever their order: sorting a sheet changes no order."""
    if len(prints) == 1:
        return prints[0]
    return hashlib.blake2b("".join(sorted(prints)).encode(), digest_size=DIGEST_BYTES).hexdigest()


def stored_text(cell: Any) -> str:
    """A cell as text that reads the same again.

    1.299 as a number is one dirham and a bit; as a text it would be 1,299. A fourth decimal keeps it a fraction.
    """
    text = cell_text(cell)
    if isinstance(cell, Decimal) and "." in text and len(text.partition(".")[2]) == 3:
        return text + "0"
    return text


def stored_texts(cells: dict[str, Any]) -> dict[str, str]:
    """`stored_text` of each cell that is not empty, by its name."""
    fractions = {name: stored_text(cell) for name, cell in cells.items() if isinstance(cell, Decimal)}
    return cell_texts(cells) | fractions


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
