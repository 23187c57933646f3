"""What the fake holds: spreadsheets, who may read them, and the faults to come."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
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

    @property
    def row_count(self) -> int:
        return len(self.rows) + self.spare_rows

    @property
    def column_count(self) -> int:
        return max((len(row) for row in self.rows), default=0) + self.spare_columns


@dataclass
class Spreadsheet:
    """`readers` are the e-mail addresses it is shared with; `by_link` whether anyone with the link may read."""

    title: str
    tabs: list[Tab]
    readers: set[str] = field(default_factory=set)
    by_link: bool = True
    modified_at: dt.datetime = dt.datetime(2026, 5, 1, 9, 0, tzinfo=dt.UTC)

    def touch(self) -> None:
        self.modified_at += dt.timedelta(seconds=1)

    def tab(self, title: str) -> Tab | None:
        return next((tab for tab in self.tabs if tab.title == title), None)


@dataclass
class Fault:
    """How calls go wrong: `status` with Google's `reason`, or `delay` seconds of silence first.

    It holds for the next `times` calls whose path contains `path`.
    """

    status: int = 0
    reason: str = ""
    times: int = 1
    path: str = "/v4/"
    delay: float = 0.0
    retry_after: int | None = None
    message: str = ""


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

    def add(
        self, sheet_id: str, rows: Sequence[Sequence[Any]], *, title: str = "Commandes", tab: str = "Feuille 1"
    ) -> Tab:
        """A spreadsheet with one tab, shared with every account of the fake and by link."""
        first = Tab(tab, [list(row) for row in rows])
        self.spreadsheets[sheet_id] = Spreadsheet(title, [first])
        return first

    def fail(self, status: int = 0, reason: str = "", **more: Any) -> None:
        self.faults.append(Fault(status, reason, **more))

    def expire_tokens(self) -> None:
        """From now on every token handed out is answered with 401."""
        self.tokens.clear()

    def next_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.path in path:
                fault.times -= 1
                return fault
        return None


def shown(cell: Any) -> str:
    """A cell as a French sheet shows it (FORMATTED_VALUE, CSV export)."""
    if isinstance(cell, dt.datetime):
        return cell.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell).replace(".", ",")
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    return "" if cell is None else str(cell)


def unformatted(cell: Any) -> Any:
    """A cell as its value; dates as serial numbers."""
    if isinstance(cell, dt.datetime):
        return (cell - EPOCH) / dt.timedelta(days=1)
    return "" if cell is None else cell
