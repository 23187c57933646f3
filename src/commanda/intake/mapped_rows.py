"""The rows of a reading by our fields, without what is no order."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from commanda.intake.mapping import HEADER_SEARCH_ROWS, Layout, Mapping
from commanda.intake.readers.base import is_blank
from commanda.kernel.phone import PhoneProblem, parse_phone


class MappedRow(NamedTuple):
    """A row with its cells by field. `number` is the row number people see, from 1; `raw` the whole row; `made` the
    fields whose cell was made of several columns.
    """

    number: int
    cells: dict[str, Any]
    raw: list[Any]
    made: tuple[str, ...] = ()


class MappedRows:
    """The rows of a reading as `MappedRow`, blank ones and repeated headers left out.

    `layout` is known from the first step on; after iteration `repeated_headers` and `titles` hold the row numbers left
    out for being no orders.
    Raises `ReadProblem` `columns_missing` on the first step.
    """

    def __init__(self, mapping: Mapping, rows: Iterable[Sequence[Any]]) -> None:
        self._mapping = mapping
        self._rows = iter(rows)
        self.repeated_headers: list[int] = []
        self.titles: list[int] = []

    def __iter__(self) -> Iterator[MappedRow]:
        for number, row in self.numbered():
            cells, made = self.layout.cells(row)
            yield MappedRow(number, cells, row, made)

    def numbered(self) -> Iterator[tuple[int, list[Any]]]:
        """The rows as they are, with their numbers; `layout` tells where their cells stand."""
        first = list(islice(self._rows, HEADER_SEARCH_ROWS))
        self.layout = layout = self._mapping.locate(first)
        for number, row in enumerate(chain(first, self._rows)):
            if number == layout.header_row or is_blank(row):
                continue
            if self._mapping.has_header and (layout.is_header(row) or layout.is_further_header(number, row)):
                self.repeated_headers.append(number + 1)
            elif number < layout.header_row and not _has_phone(row, layout):
                self.titles.append(number + 1)
            else:
                yield number + 1, list(row)


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
