"""Ranges in A1 notation and the cells behind them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.google.state import Formula, Spreadsheet, Tab, shown, unformatted

RANGE = re.compile(r"^(?:'(?P<quoted>(?:[^']|'')*)'|(?P<plain>[^!]+))(?:!(?P<cells>[A-Z]*\d*(?::[A-Z]*\d*)?))?$")
CELL = re.compile(r"^([A-Z]*)(\d*)$")


class BadRange(Exception):
    """Google answers 400 with this text."""


@dataclass(frozen=True)
class Area:
    """Half-open rows and columns of a tab, from 0."""

    tab: Tab
    top: int
    bottom: int
    left: int
    right: int

    @property
    def name(self) -> str:
        """As Google names it in its answers: the whole rectangle, however it was asked for."""
        quoted = self.tab.title.replace("'", "''")
        title = self.tab.title if self.tab.title.isalnum() else f"'{quoted}'"
        first = f"{letters(self.left + 1)}{self.top + 1}"
        last = f"{letters(self.right)}{self.bottom}"
        return f"{title}!{first}" if first == last else f"{title}!{first}:{last}"


def find_area(sheet: Spreadsheet, wanted: str) -> Area:
    """The cells of a range. Raises `BadRange`."""
    match = RANGE.match(wanted)
    title = (match["quoted"] or match["plain"] or "").replace("''", "'") if match else ""
    tab = sheet.tab(title)
    if match is None or tab is None:
        raise BadRange(f"Unable to parse range: {wanted}")
    start, _, end = (match["cells"] or "").partition(":")
    first, last = CELL.match(start), CELL.match(end or start)
    assert first is not None
    assert last is not None
    area = Area(
        tab,
        int(first[2]) - 1 if first[2] else 0,
        int(last[2]) if last[2] else tab.row_count,
        number_of(first[1]) - 1 if first[1] else 0,
        number_of(last[1]) if last[1] else tab.column_count,
    )
    if area.top >= tab.row_count or area.bottom > tab.row_count or area.right > tab.column_count:
        raise BadRange(
            f"Range ({wanted}) exceeds grid limits. Max rows: {tab.row_count}, max columns: {tab.column_count}"
        )
    return area


def read_area(area: Area, render: str) -> dict[str, Any]:
    """A ValueRange: empty cells at the ends of rows and empty rows at the end are left out; so is an empty `values`."""
    look = {"UNFORMATTED_VALUE": unformatted, "FORMULA": _formula}.get(render, shown)
    rows = [[look(cell) for cell in row[area.left : area.right]] for row in area.tab.rows[area.top : area.bottom]]
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return {"range": area.name, "majorDimension": "ROWS", **({"values": rows} if rows else {})}


def check_fits(area: Area, rows: Sequence[Sequence[Any]]) -> None:
    """Google writes all of a range or nothing. Raises `BadRange`."""
    if area.tab.is_protected:
        raise BadRange(
            "You are trying to edit a protected cell or object. "
            "Please contact the spreadsheet owner to remove protection if you need to edit."
        )
    if len(rows) > area.bottom - area.top or any(len(row) > area.right - area.left for row in rows):
        raise BadRange(f"Requested writing within range [{area.name}], but tried writing outside of it")


def letters(number: int) -> str:
    """1 → A, 27 → AA."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def number_of(name: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _formula(cell: Any) -> Any:
    return cell.text if isinstance(cell, Formula) else unformatted(cell)
