"""Tables that people fill in: finding our columns by their names, and reading cells as they are typed.

Rows come from any reader as lists of plain cells: text, whole numbers, Decimal, dates; never floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from commanda.kernel.clock import day_of
from commanda.kernel.dates import DateProblem, parse_instant
from commanda.kernel.errors import Invalid
from commanda.kernel.money import AmountProblem, parse_amount
from commanda.kernel.text import fold, shorten, strip_marks

MAX_LINES: Final = 5_000
_HEADER_ROWS: Final = 10
_SHOWN: Final = 40

AMOUNT_TEXTS: Final = {
    "empty": _("The amount is missing."),
    "negative": _("An amount cannot be negative."),
    "too_large": _("The amount must be at most 1,000,000 DH."),
    "currency": _("“%(value)s” is not in dirhams."),
}
UNREADABLE_AMOUNT: Final = _("“%(value)s” is no amount. Write it like 12,50.")
UNREADABLE_DAY: Final = _("“%(value)s” is no date. Write it like 31/12/2026.")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the heading we write, and `|`-separated headings that others write. `needed` must be there."""

    name: str
    label: Any
    words: str
    needed: bool = False

    def names(self) -> set[str]:
        """All headings it is known by, folded: ours in every language, and the others."""
        found = {fold(word) for word in self.words.split("|")}
        for code, _language in settings.LANGUAGES:
            with override(code):
                found.add(fold(str(self.label)))
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """A filled row: its number as a spreadsheet shows it, and its cells by column; a missing cell is ""."""

    number: int
    cells: dict[str, Any]

    def text(self, name: str) -> str:
        return cell_text(self.cells.get(name, ""))


class CellProblem(ValueError):
    """A cell that cannot be used; `text` says what to do."""

    def __init__(self, text: Any, value: object = "") -> None:
        self.text = str(text) % {"value": shorten(str(value), _SHOWN)} if value else str(text)
        super().__init__(self.text)


def read_lines(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[Line]:
    """The filled rows below the header. Raises `Invalid` when columns are missing, or there are no or too many rows."""
    at, places = _find_header(columns, rows)
    missing = [str(column.label) for column in columns if column.needed and column.name not in places]
    if missing:
        raise Invalid(
            _("These columns were not found: %(columns)s. Take the template and keep its first row."),
            field="file",
            code="columns_missing",
            columns=", ".join(missing),
        )
    lines = []
    for number, row in enumerate(rows[at + 1 :], start=at + 2):
        cells = {name: row[place] for name, place in places.items() if place < len(row)}
        if any(cell_text(cell) for cell in cells.values()):
            lines.append(Line(number, cells))
    if not lines:
        raise Invalid(_("There is a header but no row below it."), field="file", code="no_rows")
    if len(lines) > MAX_LINES:
        raise Invalid(
            _("There are more than %(limit)s rows. Part the file into smaller ones."),
            field="file",
            code="too_many_rows",
            limit=MAX_LINES,
        )
    return lines


def _find_header(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]]:
    """The row among the first ten that names most columns, and where they stand."""
    known = {name: column.name for column in reversed(columns) for name in column.names()}
    best: tuple[int, dict[str, int]] = (0, {})
    for at, row in enumerate(rows[:_HEADER_ROWS]):
        places: dict[str, int] = {}
        for place, cell in enumerate(row):
            name = known.get(_heading(cell))
            if name is not None:
                places.setdefault(name, place)
        if len(places) > len(best[1]):
            best = at, places
    return best


def _heading(cell: Any) -> str:
    words = fold(cell_text(cell)).split()
    while words and words[-1] in {"dh", "dhs", "mad"}:
        words.pop()
    return " ".join(words)


def cell_text(cell: Any) -> str:
    """A cell as a person sees it."""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return strip_marks(str(cell))


def cell_amount(cell: Any) -> Decimal:
    """Dirhams to the centime, in any usual way of writing. Raises `CellProblem`."""
    try:
        return parse_amount(cell if isinstance(cell, int | Decimal) and not isinstance(cell, bool) else cell_text(cell))
    except AmountProblem as problem:
        text = AMOUNT_TEXTS.get(problem.code, UNREADABLE_AMOUNT)
        raise CellProblem(text, cell_text(cell)) from problem


def cell_day(cell: Any) -> date:
    """A Moroccan day, before or after today. Raises `CellProblem`."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return day_of(parse_instant(cell))
    except DateProblem as problem:
        if problem.instant is not None:  # too long ago or ahead for an order; the services have their own limits
            return day_of(problem.instant)
        raise CellProblem(UNREADABLE_DAY, cell_text(cell)) from problem


def choice_names(choices: Sequence[tuple[Any, Any]]) -> dict[str, str]:
    """The names of choices as people write them, folded: their codes, and their labels in every language."""
    return {
        name: str(value) for value, label in choices for name in Column(str(value), label, words=str(value)).names()
    }
