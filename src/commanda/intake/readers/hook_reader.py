"""What was sent to a source's address, as rows below a header: later deliveries overrule earlier ones."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from commanda.intake.deliveries import ColumnName, SentRow
from commanda.intake.headers import assign
from commanda.intake.identity import row_key
from commanda.intake.mapped_rows import MappedRows
from commanda.intake.mapping import Mapping, header_key
from commanda.intake.readers.base import MAX_COLUMNS, Description, ReadProblem, checked
from commanda.kernel.text import fold

_OF_ORDER: Final = "x:"


class HookReader:
    """Rows of deliveries, given in the order in which they were sent.

    A key that an object leaves out is an empty cell, so the columns of `mapping` are always there. With a mapping a
    row that several deliveries tell comes once, as the last of them tells it: taken in one after the other they would
    leave the same. Without one (nobody knows yet who a row is) all rows come.
    """

    def __init__(self, deliveries: Sequence[Sequence[SentRow]], mapping: Mapping | None = None) -> None:
        self._deliveries = deliveries
        self._mapping = mapping
        self._columns = _columns(deliveries, mapping)

    def describe(self) -> Description:
        return Description(kind="hook")

    def rows(self) -> Iterator[list[Any]]:
        if not self._deliveries:
            raise ReadProblem("no_deliveries")
        yield from checked(self._all_rows())

    def _all_rows(self) -> Iterator[list[Any]]:
        yield [name for name, _times in self._columns]
        parts = [[self._row(row) for row in rows] for rows in self._deliveries]
        if self._mapping is None or len(parts) == 1:
            for part in parts:
                yield from part
        else:
            yield from self._merged(self._mapping, parts)

    def _row(self, row: SentRow) -> list[Any]:
        has_number = self._mapping is None or "external_id" in self._mapping.columns
        # Lines without an order number to hold them together are no orders of their own: they wait for a person.
        cells = {**row.order, **row.line} if has_number or not row.is_further else row.line
        return [cells.get(column, "") for column in self._columns]

    def _merged(self, mapping: Mapping, parts: list[list[list[Any]]]) -> Iterator[list[Any]]:
        header = [name for name, _times in self._columns]
        known: dict[str, list[list[Any]]] = {}
        for part in parts:
            told: dict[str, list[list[Any]]] = {}
            for row in MappedRows(mapping, [header, *part]):
                told.setdefault(row_key(row.cells), []).append(row.raw)
            for key, rows in told.items():
                # All rows of an order number are the order. Equal rows without one are orders each, told one by one.
                rest = [] if key.startswith(_OF_ORDER) else known.get(key, [])[len(rows) :]
                known[key] = rows + rest
        for rows in known.values():
            yield from rows


def _columns(deliveries: Sequence[Sequence[SentRow]], mapping: Mapping | None) -> list[ColumnName]:
    """Every column that was sent or is mapped; of too many the mapped and the recognised ones first."""
    found: dict[tuple[str, int], ColumnName] = {}
    for rows in deliveries:
        for row in rows:
            for column in row.names():
                found.setdefault((fold(column[0]), column[1]), column)
    wanted = [(name, times) for name, times in _mapped(mapping)]
    for name, times in wanted:
        found.setdefault((fold(name), times), (name, times))
    columns = list(found.values())
    if len(columns) > MAX_COLUMNS:
        needed = {(fold(name), times) for name, times in wanted}
        likely = set(assign(tuple(header_key(name) for name, _times in columns)).values())
        ranked = sorted(
            range(len(columns)),
            key=lambda at: ((fold(columns[at][0]), columns[at][1]) not in needed, at not in likely, at),
        )
        columns = [columns[at] for at in sorted(ranked[:MAX_COLUMNS])]
    # The second column of a name is found by counting: it has to stand behind the first.
    return sorted(columns, key=lambda column: column[1])


def _mapped(mapping: Mapping | None) -> Iterator[ColumnName]:
    for _field, column in mapping.all_columns() if mapping else ():
        for times in range(1, column.occurrence + 1):
            if column.header:
                yield column.header, times
