"""`spreadsheets.batchUpdate`: tabs and columns are added, moved and renamed."""

from typing import Any

from tests.fakes.google.grid import BadRange
from tests.fakes.google.state import Spreadsheet, Tab


def change_structure(sheet: Spreadsheet, request: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request; its reply. Raises `BadRange`."""
    ((kind, wanted),) = request.items()
    if kind == "addSheet":
        return {kind: {"properties": tab_properties(_add(sheet, wanted["properties"]), len(sheet.tabs) - 1)}}
    if kind == "updateSheetProperties":
        _tab(sheet, wanted["properties"]["sheetId"]).title = wanted["properties"]["title"]
    elif kind == "appendDimension":
        tab = _tab(sheet, wanted["sheetId"])
        if wanted["dimension"] == "COLUMNS":
            tab.spare_columns += wanted["length"]
        else:
            tab.spare_rows += wanted["length"]
    elif kind == "updateCells":
        _update(_tab(sheet, wanted["start"]["sheetId"]), wanted)
    elif kind in {"insertDimension", "deleteDimension"}:
        _move(_tab(sheet, wanted["range"]["sheetId"]), wanted["range"], is_new=kind == "insertDimension")
    else:
        raise BadRange(f"Invalid requests[0]: unknown kind {kind}")
    return {}


def tab_properties(tab: Tab, index: int) -> dict[str, Any]:
    properties: dict[str, Any] = {"sheetId": tab.gid, "title": tab.title, "index": index}
    if tab.is_chart:
        return {**properties, "sheetType": "OBJECT"}
    grid = {"rowCount": tab.row_count, "columnCount": tab.column_count}
    return {**properties, "sheetType": "GRID", "gridProperties": grid}


def _add(sheet: Spreadsheet, wanted: dict[str, Any]) -> Tab:
    if sheet.tab(wanted["title"]) is not None:
        raise BadRange(f'A sheet with the name "{wanted["title"]}" already exists. Please enter another name.')
    tab = Tab(wanted["title"], [], gid=wanted.get("sheetId", max(tab.gid for tab in sheet.tabs) + 1))
    tab.spare_rows, tab.spare_columns = 1000, 26
    sheet.tabs.append(tab)
    return tab


def _update(tab: Tab, wanted: dict[str, Any]) -> None:
    start = wanted["start"]
    for down, row in enumerate(wanted["rows"]):
        for across, cell in enumerate(row["values"]):
            (value,) = cell["userEnteredValue"].values()
            at = start["rowIndex"] + down, start["columnIndex"] + across
            if at[0] >= tab.row_count or at[1] >= tab.column_count:
                raise BadRange("Invalid requests[0].updateCells: Attempting to write outside of the grid")
            tab.put(*at, value)


def _move(tab: Tab, place: dict[str, Any], *, is_new: bool) -> None:
    start, end = place["startIndex"], place["endIndex"]
    size = tab.row_count if place["dimension"] == "ROWS" else tab.column_count
    if start >= size:
        raise BadRange(f"Invalid requests[0]: range.startIndex[{start}] must be less than the grid size ({size})")
    for at in range(start, end):
        if place["dimension"] == "ROWS" and is_new:
            tab.insert_row(at)
        elif place["dimension"] == "COLUMNS" and is_new:
            tab.insert_column(at)
            tab.spare_columns = size + at - start + 1 - max(map(len, tab.rows), default=0)
    if is_new:
        return
    if place["dimension"] == "ROWS":
        del tab.rows[start:end]
    else:
        for row in tab.rows:
            del row[start:end]


def _tab(sheet: Spreadsheet, gid: int) -> Tab:
    for tab in sheet.tabs:
        if tab.gid == gid:
            return tab
    raise BadRange(f"Invalid requests[0]: No grid with id: {gid}")
