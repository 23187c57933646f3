"""Writing into a Google Sheet: RAW values at places that were just looked at, and new columns."""

from collections.abc import Sequence
from typing import Any

from commanda.intake.readers.base import MAX_COLUMNS, ReadProblem
from commanda.intake.readers.sheets_api import SheetsApiReader, in_tab, letters


class SheetEditor(SheetsApiReader):
    """A tab that is read and written. Raises `viewer_only` where reading is allowed and writing is not."""

    def size(self) -> tuple[int, str, int]:
        """The number of the tab, its title, and how many columns its grid has."""
        grid = self._grid(self._metadata())
        return grid["gid"], grid["title"], grid["columns"]

    def rows_at(self, tab: str, columns: int, runs: Sequence[tuple[int, int]]) -> list[list[list[Any]]]:
        """Whole rows, per run from its first to its last; one request. Rows that came short are filled up with ""."""
        width = min(columns, MAX_COLUMNS + 1)
        found = self._ranges(tab, [f"A{first}:{letters(width)}{last}" for first, last in runs])
        return [
            [row + [""] * (width - len(row)) for row in (rows + [[]] * (last - first + 1 - len(rows)))]
            for (first, last), rows in zip(runs, found, strict=True)
        ]

    def write(self, tab: str, blocks: Sequence[tuple[int, int, Sequence[Any]]]) -> None:
        """Write columns of cells: (column from 0, row from 1, values). One request, all of it or nothing.

        RAW: a text is stored as the text it is and never evaluated, whatever it begins with.
        """
        data = [
            {
                "range": in_tab(tab, f"{letters(column + 1)}{row}:{letters(column + 1)}{row + len(values) - 1}"),
                "majorDimension": "ROWS",
                "values": [[value] for value in values],
            }
            for column, row, values in blocks
        ]
        body = {"valueInputOption": "RAW", "data": data}
        self._change(self._client.values.batchUpdate(spreadsheetId=self._id, body=body), tab)

    def insert_columns(self, tab: str, gid: int, at: int, row: int, headers: Sequence[str], columns: int) -> None:
        """Insert new columns before column `at` (from 0) with their headers in `row` (from 1), in one step.

        Into columns that are new nothing can be overwritten, even when somebody moves the others at this moment.
        """
        requests: list[dict[str, Any]] = []
        if at >= columns:  # nothing can be inserted behind the last column
            requests.append({"appendDimension": {"sheetId": gid, "dimension": "COLUMNS", "length": 1}})
        place = {"sheetId": gid, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + len(headers)}
        cells = [{"userEnteredValue": {"stringValue": header}} for header in headers]
        start = {"sheetId": gid, "rowIndex": row - 1, "columnIndex": at}
        requests += [
            {"insertDimension": {"range": place, "inheritFromBefore": False}},
            {"updateCells": {"start": start, "rows": [{"values": cells}], "fields": "userEnteredValue"}},
        ]
        self._change(self._client.spreadsheets.batchUpdate(spreadsheetId=self._id, body={"requests": requests}), tab)

    def _change(self, request: Any, tab: str) -> None:
        try:
            self._client.execute(request, tab=tab)
        except ReadProblem as problem:
            if problem.code == "permission_lost":
                raise ReadProblem("viewer_only", **problem.params) from problem
            raise
