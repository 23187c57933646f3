"""Google Sheets through the API, as a service account."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from commanda.intake.readers.base import (
    MAX_COLUMNS,
    MAX_ROWS,
    Description,
    ReadProblem,
    SourceUnavailable,
    checked,
)
from commanda.intake.readers.google_client import RETRY_AFTER, TIMEOUT_SECONDS, GoogleClient, ServiceAccount

# Google advises answers of at most 2 MB; 5,000 rows of 30 short cells are about that.
_CHUNK_ROWS: Final = 5_000
_CELLS_PER_CHUNK: Final = 130_000


@dataclass(frozen=True, slots=True)
class Grid:
    """A tab with cells. `gid` stays when it is renamed."""

    gid: int
    title: str
    rows: int
    columns: int


class SheetsApiReader:
    """Rows of one tab. Numbers and dates come as values (dates as serial numbers), never as local text.

    `tab` "" is the first tab. Rows that are inserted or deleted while a large tab is being read in pieces may be seen
    twice or not at all; the next reading sees them (their change moves `modified_time`).
    """

    def __init__(
        self,
        account: ServiceAccount,
        spreadsheet_id: str,
        *,
        tab: str = "",
        api_base: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = GoogleClient(account, api_base=api_base, timeout=timeout, sleep=sleep)
        self._id = spreadsheet_id
        self._tab = tab

    def describe(self) -> Description:
        """Title, tabs, and the time of the last change as `version`."""
        metadata = self._metadata()
        tabs = tuple(grid.title for grid in metadata["sheets"])
        return Description(
            kind="sheet_api",
            tab=self._grid(metadata).title,
            tabs=tabs,
            title=metadata["title"],
            version=self.modified_time(),
        )

    def modified_time(self) -> str:
        """When the spreadsheet last changed, as Drive writes it: one cheap call to skip an unchanged sheet."""
        request = self._client.files.get(fileId=self._id, fields="modifiedTime", supportsAllDrives=True)
        return str(self._client.execute(request).get("modifiedTime", ""))

    def tabs(self) -> tuple[str, ...]:
        return tuple(grid.title for grid in self._metadata()["sheets"])

    def grid(self) -> Grid:
        """The tab as it is now. Raises `ReadProblem` `tab_missing`."""
        return self._grid(self._metadata())

    def rows(self) -> Iterator[list[Any]]:
        yield from checked(self.grid_rows())

    def grid_rows(self, grid: Grid | None = None) -> Iterator[list[Any]]:
        """Every row of the tab with every column, short ones padded with "" to the width of the grid.

        The API leaves out empty cells at the ends of rows and empty rows at the end of the answer.
        """
        grid = grid or self.grid()
        # One column more than allowed is read, so that a sheet that is too wide is told so and not cut.
        width = min(grid.columns, MAX_COLUMNS + 1)
        height = min(grid.rows, MAX_ROWS + 1)
        size = max(200, min(_CHUNK_ROWS, _CELLS_PER_CHUNK // max(width, 1)))
        places = [(first, min(first + size - 1, height)) for first in range(1, height + 1, size)]
        blank_qty = 0
        for (first, last), values in self._pieces(grid.title, places, width):
            for row in values:
                # Blank rows are given only once a filled one follows: a grid of 1,000 rows may hold three.
                for _ in range(blank_qty):
                    yield []
                blank_qty = 0
                yield row + [""] * (width - len(row))
            blank_qty += last - first + 1 - len(values)

    def _pieces(
        self, tab: str, places: Sequence[tuple[int, int]], width: int
    ) -> Iterator[tuple[tuple[int, int], list[list[Any]]]]:
        """The rows at each place. Once more than the first are wanted, the next are on their way meanwhile."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            coming: Future[list[list[Any]]] | None = None
            for at, place in enumerate(places):
                values = self._piece(tab, *place, width) if coming is None else coming.result()
                is_more = 0 < at < len(places) - 1
                coming = thread.submit(self._piece, tab, *places[at + 1], width) if is_more else None
                yield place, values

    def _piece(self, tab: str, first: int, last: int, width: int) -> list[list[Any]]:
        """Some rows, one request and another for what did not come.

        Rows missing at the end are empty, or the answer was cut short: only asking again tells. Orders that were read
        as missing would not be seen before the sheet changes again.
        """
        values: list[list[Any]] = []
        while len(values) <= last - first:
            rest = self._ranges(tab, [f"A{first + len(values)}:{letters(width)}{last}"])[0]
            if not rest:
                break
            values += rest
        return values

    def _ranges(self, tab: str, cells: Sequence[str]) -> list[list[list[Any]]]:
        """The rows of each range, one request."""
        request = self._client.values.batchGet(
            spreadsheetId=self._id,
            ranges=[in_tab(tab, each) for each in cells],
            majorDimension="ROWS",
            valueRenderOption="UNFORMATTED_VALUE",
            dateTimeRenderOption="SERIAL_NUMBER",
        )
        answer = self._client.execute(request, tab=tab).get("valueRanges", [])
        if len(answer) != len(cells):  # cut short between two of them
            raise SourceUnavailable(RETRY_AFTER)
        return [list(each.get("values", [])) for each in answer]

    def _metadata(self) -> dict[str, Any]:
        request = self._client.spreadsheets.get(
            spreadsheetId=self._id,
            includeGridData=False,
            fields="properties.title,sheets.properties(sheetId,title,sheetType,hidden,gridProperties(rowCount,columnCount))",
        )
        answer = self._client.execute(request)
        sheets = []
        for sheet in answer.get("sheets", []):
            properties = sheet["properties"]
            grid = properties.get("gridProperties")
            # Charts have a tab but no grid.
            if grid and properties.get("sheetType", "GRID") == "GRID":
                sheets.append(
                    Grid(
                        properties.get("sheetId", 0),
                        properties["title"],
                        rows=grid.get("rowCount", 0),
                        columns=grid.get("columnCount", 0),
                    )
                )
        return {"title": answer.get("properties", {}).get("title", ""), "sheets": sheets}

    def _grid(self, metadata: dict[str, Any]) -> Grid:
        grids: list[Grid] = metadata["sheets"]
        for grid in grids:
            if not self._tab or grid.title == self._tab:
                return grid
        if self._tab:
            raise ReadProblem("tab_missing", tab=self._tab)
        raise ReadProblem("empty")


def in_tab(tab: str, cells: str) -> str:
    """A range of a tab in A1 notation."""
    quoted = tab.replace("'", "''")
    return f"'{quoted}'!{cells}"


def letters(number: int) -> str:
    """1 → A, 27 → AA."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
