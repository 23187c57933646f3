"""What the fake holds: spreadsheets, who may read and write them, and the faults to come."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

EPOCH = dt.datetime.fromisoformat("1899-12-30T00:00:00")


@dataclass
class Tab:
    """A tab with its cells; the grid is larger than the data, as in real sheets."""

    title: str
    rows: list[list[Any]]
    gid: int = 0
    spare_rows: int = 20
    spare_columns: int = 3
    is_chart: bool = False
    is_protected: bool = False

    @property
    def row_count(self) -> int:
        return len(self.rows) + self.spare_rows

    @property
    def column_count(self) -> int:
        return self._width + self.spare_columns

    @property
    def _width(self) -> int:
        return max((len(row) for row in self.rows), default=0)

    def put(self, row: int, column: int, cell: Any) -> None:
        """Write a cell (from 0) of the grid, which stays as large as it is."""
        rows, columns = self.row_count, self.column_count
        self.rows.extend([] for _ in range(row + 1 - len(self.rows)))
        self.rows[row].extend([""] * (column + 1 - len(self.rows[row])))
        self.rows[row][column] = cell
        self.spare_rows, self.spare_columns = rows - len(self.rows), columns - self._width

    def insert_row(self, at: int, row: Sequence[Any] = ()) -> None:
        """A row (from 0) comes between the others, as when a person inserts one."""
        self.rows.insert(at, list(row))

    def insert_column(self, at: int, cells: Sequence[Any] = ()) -> None:
        """A column (from 0) comes between the others; `cells` from the first row on."""
        for number, row in enumerate(self.rows):
            if len(row) > at or number < len(cells):
                row.extend([""] * (at - len(row)))
                row.insert(at, cells[number] if number < len(cells) else "")


@dataclass
class Spreadsheet:
    """`readers` are the e-mail addresses it is shared with, `editors` those that may write (nobody named: anybody);
    `by_link` says whether anyone with the link may read.
    """

    title: str
    tabs: list[Tab]
    readers: set[str] = field(default_factory=set)
    editors: set[str] = field(default_factory=set)
    by_link: bool = True
    modified_at: dt.datetime = dt.datetime(2026, 5, 1, 9, 0, tzinfo=dt.UTC)

    def touch(self) -> None:
        self.modified_at += dt.timedelta(seconds=1)

    def tab(self, title: str) -> Tab | None:
        return next((tab for tab in self.tabs if tab.title == title), None)


@dataclass
class Fault:
    """How calls go wrong, for the next `times` calls whose path contains `path` (with `method`, of that kind only)
    once `skip` of them have passed.

    `status` answers with Google's `reason` and, with `retry_after`, how long to wait; `delay` is silence first;
    `reset` cuts the connection. With `is_done` the call takes effect and only its answer is lost. `rows` and `ranges`
    cut a reading's answer after so many of them. `meanwhile` happens in the sheet just before the call is served,
    `afterwards` just after.
    """

    status: int = 0
    reason: str = ""
    times: int = 1
    path: str = "/v4/"
    delay: float = 0.0
    retry_after: int | None = None
    message: str = ""
    method: str = ""
    skip: int = 0
    reset: bool = False
    is_done: bool = False
    rows: int | None = None
    ranges: int | None = None
    meanwhile: Callable[[], object] | None = None
    afterwards: Callable[[], object] | None = None

    def hits(self, method: str, path: str) -> bool:
        """Whether it is this call's turn; counts it."""
        if self.times <= 0 or self.path not in path or self.method not in {"", method}:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class Formula:
    """A cell that is computed."""

    text: str
    value: Any


class FakeGoogle:
    """The world behind the fake's addresses. `base` is its origin once it runs."""

    def __init__(self) -> None:
        self.base = ""
        self.spreadsheets: dict[str, Spreadsheet] = {}
        self.faults: list[Fault] = []
        self.tokens: set[str] = set()
        self.accounts: dict[str, Any] = {}
        self.calls: Counter[str] = Counter()
        self.paths: list[str] = []
        # What was sent to be written: (method, path, JSON).
        self.bodies: list[tuple[str, str, Any]] = []

    def add(
        self, sheet_id: str, rows: Sequence[Sequence[Any]], *, title: str = "Commandes", tab: str = "Feuille 1"
    ) -> Tab:
        """A spreadsheet with one tab, shared with every account of the fake and by link."""
        first = Tab(tab, [list(row) for row in rows])
        self.spreadsheets[sheet_id] = Spreadsheet(title, [first])
        return first

    def clear(self) -> None:
        """Forget sheets, faults and calls; keys and tokens stay."""
        for kept in (self.spreadsheets, self.faults, self.calls, self.paths, self.bodies):
            kept.clear()

    def fail(self, status: int = 0, reason: str = "", **more: Any) -> None:
        self.faults.append(Fault(status, reason, **more))

    def expire_tokens(self) -> None:
        """From now on every token handed out is answered with 401."""
        self.tokens.clear()

    def next_fault(self, method: str, path: str) -> Fault | None:
        return next((fault for fault in self.faults if fault.hits(method, path)), None)


def shown(cell: Any) -> str:
    """A cell as a French sheet shows it (FORMATTED_VALUE, CSV export)."""
    if isinstance(cell, Formula):
        return shown(cell.value)
    if isinstance(cell, dt.datetime):
        return cell.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell).replace(".", ",")
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    return "" if cell is None else str(cell)


def unformatted(cell: Any) -> Any:
    """A cell as its value; dates as serial numbers."""
    if isinstance(cell, Formula):
        return unformatted(cell.value)
    if isinstance(cell, dt.datetime):
        return (cell - EPOCH) / dt.timedelta(days=1)
    return "" if cell is None else cell
