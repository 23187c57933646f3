"""What is written back to a sheet, and where: pure, over rows as they were read.

Columns of ours are found by their header, rows by the identity the import gives them, at every reading anew; nothing
remembers a position. What differs from what the orders say is written, and nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Says
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from commanda.intake.cells import cell_text
from commanda.intake.identity import RowKeys, row_key
from commanda.intake.mapped_rows import MappedRows
from commanda.intake.mapping import HEADER_SEARCH_ROWS, Layout, Mapping
from commanda.intake.readers.base import ReadProblem, checked, plain_cell
from commanda.intake.readers.our_columns import MARK, hide_our_columns, our_columns
from commanda.kernel.text import fold, shorten

# In the order in which the columns are added.
FIELDS: Final[dict[str, Promise]] = {
    "order": _("order"),
    "state": _("state"),
    "reason": _("reason"),
    "agent": _("agent"),
    "carrier": _("carrier"),
    "tracking": _("tracking number"),
}
LONGEST_CELL: Final = 500
# One request each; Google advises at most 2 MB.
ROWS_PER_BATCH: Final = 2_000
RUNS_PER_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Block:
    """Cells to write, one below the other; `column` from 0, `row` from 1."""

    column: int
    row: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one request writes. `runs` are the rows it touches, as first and last."""

    blocks: tuple[Block, ...]
    runs: tuple[tuple[int, int], ...]


@dataclass
class Look:
    """One reading of the sheet.

    `identities` says who stands in a row (rows that say the same are alike), `keys` which rows belong to an order;
    `said` what our columns say. `columns` are those of ours that are there, `width` how many columns hold anything.
    """

    layout: Layout
    header: tuple[str, ...]
    columns: dict[str, int]
    width: int = 0
    identities: dict[int, str] = field(default_factory=dict)
    keys: dict[str, list[int]] = field(default_factory=dict)
    said: dict[int, dict[str, str]] = field(default_factory=dict)

    @property
    def header_row(self) -> int:
        """The number of the header's row, from 1."""
        return self.layout.header_row + 1

    def identity(self, row: Sequence[Any]) -> str:
        """Who stands in a row read again."""
        cells, _made = self.layout.cells([plain_cell(cell) for cell in row])
        return row_key(cells)

    def has_same_header(self, row: Sequence[Any]) -> bool:
        """Whether every column still stands where it stood."""
        return header_texts(row) == self.header


def header_for(name: str, language: str) -> str:
    """The header of a new column of ours."""
    with override(language):
        return f"{MARK} {FIELDS[name]}"


def header_texts(row: Sequence[Any]) -> tuple[str, ...]:
    texts = [cell_text(cell) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


def shown_text(text: str) -> str:
    """A cell as it is written: one line, of a sane length. It is written RAW, so "=…" stays the text it is."""
    return shorten(cell_text(text), LONGEST_CELL)


def look_at(mapping: Mapping, rows: Iterable[Sequence[Any]], headers: Says[str, str]) -> Look:
    """Find our columns (`headers` by field) and everybody's rows.

    Raises `ReadProblem`: `no_header`, `columns_missing`, and what a reading raises.
    """
    source = iter(rows)
    head = [list(row) for row in islice(source, HEADER_SEARCH_ROWS)]
    layout = mapping.locate(list(hide_our_columns(head)))
    if layout.header_row < 0:
        raise ReadProblem("no_header")
    look = Look(layout, header_texts(head[layout.header_row]), _find(head, headers))
    mapped = MappedRows(mapping, checked(_noting(look, chain(head, source))))
    keys = RowKeys()
    for row in mapped:
        key = keys.key(row.cells)
        look.keys.setdefault(key, []).append(row.number)
        look.identities[row.number] = key if key.startswith("x:") else key.partition("#")[0]
    for number in (look.header_row, *mapped.repeated_headers, *mapped.titles):
        look.said.pop(number, None)
    return look


def _find(head: Sequence[Sequence[Any]], headers: Says[str, str]) -> dict[str, int]:
    """The first column with each header."""
    places: dict[str, int] = {}
    for row in head:
        for at, text in our_columns(row).items():
            places.setdefault(fold(text), at)
    return {name: places[fold(text)] for name, text in headers.items() if fold(text) in places}


def _noting(look: Look, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows on their way to the mapping; what our columns say is noted."""
    for number, row in enumerate(rows, start=1):
        filled = max((at + 1 for at, cell in enumerate(row) if cell not in {"", None}), default=0)
        look.width = max(look.width, filled)
        said = {name: text for name, at in look.columns.items() if at < filled and (text := cell_text(row[at]))}
        if said:
            look.said[number] = said
        yield row


def plan(look: Look, wanted: Says[str, Says[str, str]]) -> list[Batch]:
    """What has to be written so that every row says what its order says (`wanted`, by key), and no other row anything.

    All rows of an order say the same. Rows without an order, and those somebody has emptied, say nothing.
    """
    by_row = {number: wanted[key] for key, numbers in look.keys.items() if key in wanted for number in numbers}
    differing: dict[int, dict[int, str]] = {}
    for number in sorted({*by_row, *look.said}):
        texts, said = by_row.get(number, {}), look.said.get(number, {})
        cells = {
            at: texts.get(name, "")
            for name, at in look.columns.items()
            if cell_text(texts.get(name, "")) != said.get(name, "")
        }
        if cells:
            differing[number] = cells
    return [_batch(rows) for rows in _batches(differing)]


def missing_qty(look: Look, wanted: Says[str, Any]) -> int:
    """How many orders have no row in the sheet any more."""
    return sum(1 for key in wanted if key not in look.keys)


def _batches(differing: dict[int, dict[int, str]]) -> Iterator[dict[int, dict[int, str]]]:
    rows: dict[int, dict[int, str]] = {}
    runs, last = 0, -1
    for number, cells in differing.items():
        is_new_run = number != last + 1
        if rows and (len(rows) >= ROWS_PER_BATCH or (is_new_run and runs >= RUNS_PER_BATCH)):
            yield rows
            rows, runs, is_new_run = {}, 0, True
        rows[number] = cells
        runs, last = runs + is_new_run, number
    if rows:
        yield rows


def _batch(rows: dict[int, dict[int, str]]) -> Batch:
    """Neighbours of a column are written as one range."""
    blocks = []
    for column in sorted({at for cells in rows.values() for at in cells}):
        numbers = [number for number, cells in rows.items() if column in cells]
        blocks += [
            Block(column, first, tuple(rows[number][column] for number in range(first, last + 1)))
            for first, last in _runs(numbers)
        ]
    return Batch(tuple(blocks), tuple(_runs(rows)))


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
