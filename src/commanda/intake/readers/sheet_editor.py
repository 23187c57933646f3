"""Writing into a Google Sheet: RAW values at places that were just looked at, and new columns."""

from collections.abc import Sequence
from typing import Any

from commanda.intake.readers.base import MAX_COLUMNS, ReadProblem
from commanda.intake.readers.sheets_api import Grid, SheetsApiReader, in_tab, letters


class SheetEditor(SheetsApiReader):
    """A tab that is read and written. Raises `viewer_only` where reading is allowed and writing is not."""

    @property
    def email(self) -> str:
        """The address that the spreadsheet has to be shared with."""
        return self._client.account.email

    def can_edit(self) -> bool:
        """Whether the spreadsheet is shared with us as an editor."""
        request = self._client.files.get(fileId=self._id, fields="capabilities/canEdit", supportsAllDrives=True)
        return bool(self._client.execute(request).get("capabilities", {}).get("canEdit", True))

    def rows_at(self, grid: Grid, runs: Sequence[tuple[int, int]]) -> dict[int, list[Any]]:
        """Whole rows by their numbers, for runs of them (first and last); one request. Short ones are filled up.

        Asked for without columns, so that it works when one has just been deleted.
        """
        width = min(grid.columns, MAX_COLUMNS + 1)
        found = self._ranges(grid.title, [f"{first}:{last}" for first, last in runs])
        rows: dict[int, list[Any]] = {}
        for (first, last), values in zip(runs, found, strict=True):
            for number in range(first, last + 1):
                row = values[number - first] if number - first < len(values) else []
                rows[number] = row + [""] * (width - len(row))
        return rows

    def write(self, grid: Grid, blocks: Sequence[tuple[int, int, Sequence[Any]]]) -> None:
        """Write cells below one another: column from 0, row from 1, values. One request, all of it or nothing.

        RAW: a text is stored as the text it is and never evaluated, whatever it begins with.
        """
        data = [
            {
                "range": in_tab(grid.title, f"{letters(column + 1)}{row}:{letters(column + 1)}{row + len(values) - 1}"),
                "majorDimension": "ROWS",
                "values": [[value] for value in values],
            }
            for column, row, values in blocks
        ]
        body = {"valueInputOption": "RAW", "data": data}
        self._change(self._client.values.batchUpdate(spreadsheetId=self._id, body=body), grid.title)

    def insert_columns(self, grid: Grid, at: int, row: int, headers: Sequence[str]) -> None:
        """Insert new columns before column `at` (from 0) with their headers in `row` (from 1), in one step.

        Into columns that are new nothing can be overwritten, even when somebody moves the others at this moment.
        """
        requests: list[dict[str, Any]] = []
        if at >= grid.columns:  # nothing can be inserted behind the last column
            requests.append({"appendDimension": {"sheetId": grid.gid, "dimension": "COLUMNS", "length": 1}})
        place = {"sheetId": grid.gid, "dimension": "COLUMNS", "startIndex": at, "endIndex": at + len(headers)}
        cells = [{"userEnteredValue": {"stringValue": header}} for header in headers]
        start = {"sheetId": grid.gid, "rowIndex": row - 1, "columnIndex": at}
        requests += [
            {"insertDimension": {"range": place, "inheritFromBefore": False}},
            {"updateCells": {"start": start, "rows": [{"values": cells}], "fields": "userEnteredValue"}},
        ]
        self._change(
            self._client.spreadsheets.batchUpdate(spreadsheetId=self._id, body={"requests": requests}), grid.title
        )

    def _change(self, request: Any, tab: str) -> None:
        try:
            self._client.execute(request, tab=tab)
        except ReadProblem as problem:
            if problem.code == "permission_lost":
                raise ReadProblem("viewer_only", **problem.params) from problem
            raise
