"""The Sheets API over one spreadsheet: what is read and what writing does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.fakes.google.entering import entered
from tests.fakes.google.grid import Area, BadRange, check_fits, find_area, read_area
from tests.fakes.google.state import Spreadsheet
from tests.fakes.google.structure import change_structure, tab_properties

__all__ = ["append_rows", "change_structure", "metadata", "read_ranges", "write_ranges"]


def metadata(sheet_id: str, sheet: Spreadsheet) -> dict[str, Any]:
    return {
        "spreadsheetId": sheet_id,
        "properties": {"title": sheet.title, "locale": "fr_MA", "timeZone": "Africa/Casablanca"},
        "sheets": [{"properties": tab_properties(tab, at)} for at, tab in enumerate(sheet.tabs)],
    }


def read_ranges(sheet: Spreadsheet, wanted: Sequence[str], options: Mapping[str, str]) -> list[dict[str, Any]]:
    """ValueRanges as asked for. Raises `BadRange`."""
    return [read_area(find_area(sheet, each), options.get("valueRenderOption", "")) for each in wanted]


def write_ranges(sheet: Spreadsheet, data: Sequence[dict[str, Any]], how: str) -> dict[str, Any]:
    """Write all of the ranges or none. Raises `BadRange`."""
    if how not in {"RAW", "USER_ENTERED"}:
        raise BadRange("'valueInputOption' is required but not specified")
    places = []
    for each in data:
        rows = each.get("values", [])
        if each.get("majorDimension") == "COLUMNS":
            rows = [list(row) for row in zip(*rows, strict=True)]
        area = find_area(sheet, each["range"])
        check_fits(area, rows)
        places.append((area, rows))
    responses = [_write(area, rows, how) for area, rows in places]
    total = {
        "totalUpdatedRows": sum(each["updatedRows"] for each in responses),
        "totalUpdatedCells": sum(each["updatedCells"] for each in responses),
        "totalUpdatedSheets": len({id(area.tab) for area, _rows in places}),
    }
    return {**total, "responses": responses}


def append_rows(sheet: Spreadsheet, wanted: str, rows: list[list[Any]], how: str) -> dict[str, Any]:
    """Rows below the last filled one. Raises `BadRange`."""
    area = find_area(sheet, wanted)
    top = len(area.tab.rows)
    area.tab.spare_rows = max(area.tab.spare_rows, len(rows))
    below = replace(area, top=top, bottom=top + len(rows), right=max(area.right, max(map(len, rows), default=0)))
    check_fits(below, rows)
    return {"tableRange": area.name, "updates": _write(below, rows, how)}


def _write(area: Area, rows: Sequence[Sequence[Any]], how: str) -> dict[str, Any]:
    """`null` leaves a cell as it is."""
    cells = 0
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            if value is not None:
                area.tab.put(area.top + down, area.left + across, entered(value, how))
                cells += 1
    return {"updatedRange": area.name, "updatedRows": len(rows), "updatedColumns": max(map(len, rows), default=0),
            "updatedCells": cells}  # fmt: skip
