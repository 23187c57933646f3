"""The inbox as a grid: which columns, which cells may be typed into, what is wrong where, what is suggested."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from commanda.intake.batch import SourceRow, stored_rows, stored_text
from commanda.intake.mapping import FIELDS
from commanda.intake.models import StagedRow
from commanda.intake.problems import Problem
from commanda.intake.services.fixing import MAX_TYPED
from commanda.intake.services.read_source import stored_mapping
from commanda.kernel.phone import split_name_and_phone
from commanda.web.intake.labels import field_label

PRODUCT: Final = frozenset({"product_empty", "unknown_product", "variant_unclear", "not_sold"})
REMEMBERED: Final = frozenset({"unknown_product", "city_unknown"})
# What a person looks at first, whatever the order of the sheet.
_ORDER: Final = (
    "phone", "name", "first_name", "last_name", "city", "address", "product", "sku", "variant_color", "variant_size",
    "quantity", "unit_price", "total_price",
)  # fmt: skip
_GLUED: Final = ("name", "first_name", "address", "note", "product", "city")
_LTR: Final = frozenset({"phone", "phone2", "sku", "quantity", "unit_price", "total_price", "external_id"})
_LISTS: Final = {"product": "products", "city": "cities"}
_LONGEST_CELL: Final = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A field over the cells of the page."""

    name: str
    label: Any


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell with what it says now. `message` tells what is wrong with it; `original` what was read, if other."""

    field: str
    label: Any
    name: str
    value: str
    original: str = ""
    message: str = ""
    is_wrong: bool = False
    is_editable: bool = True

    @property
    def is_long(self) -> bool:
        """Too long for one line, or of several: an `<input>` would lose the line breaks."""
        return len(self.value) > _LONGEST_CELL or "\n" in self.value

    @property
    def is_ltr(self) -> bool:
        return self.field in _LTR

    @property
    def datalist(self) -> str:
        return _LISTS.get(self.field, "")


@dataclass(frozen=True, slots=True)
class GridLine:
    """One row of the sheet."""

    number: int
    cells: list[GridCell]


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion: what its button sends, and what it says."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Told:
    """A problem as the row tells it, with the sheet row and field it is about, and the ways out of it."""

    problem: Problem
    label: Any
    number: int | None
    choices: list[Choice]

    @property
    def message(self) -> str:
        return self.problem.message

    @property
    def what_to_do(self) -> str:
        return self.problem.what_to_do

    @property
    def rejects(self) -> bool:
        return self.problem.rejects


@dataclass(frozen=True, slots=True)
class GridRow:
    """Everything that the grid shows of one staged row."""

    row: StagedRow
    lines: list[GridLine]
    problems: list[Told]
    warnings: list[Told]
    original: list[tuple[int, list[tuple[str, str]]]]
    errors: list[str] = field(default_factory=list)

    @property
    def may_remember(self) -> bool:
        return any(problem["code"] in REMEMBERED for problem in self.row.problems)

    @property
    def codes(self) -> set[str]:
        return {problem["code"] for problem in self.row.problems}


def columns_of(rows: Iterable[StagedRow]) -> list[str]:
    """The fields that the rows have cells of, that their sources map, or that something is wrong with."""
    found: set[str] = set()
    for row in rows:
        mapping = stored_mapping(row.source)
        found |= set(mapping.columns) if mapping else set()
        found |= {name for line in stored_rows(row.cells) for name in line.cells}
        found |= {problem["field"] for problem in row.problems}
    return sorted(found & set(FIELDS), key=_position)


def read_columns(text: str) -> list[str]:
    """The columns a page was drawn with, as its form gives them back."""
    return [name for name in text.split(",") if name in FIELDS]


def shown_text(row: StagedRow, place: int, name: str) -> str:
    """What the grid shows in a cell: what a person typed, else what was read."""
    typed = row.corrections.get(str(place), {}).get(name)
    if typed is not None:
        return str(typed)
    rows = stored_rows(row.cells)
    return stored_text(rows[place].cells.get(name, "")) if place < len(rows) else ""


def describe(
    row: StagedRow,
    columns: Sequence[str] = (),
    cities: Mapping[int, str] | None = None,
    errors: list[str] | None = None,
) -> GridRow:
    """Prepare one row for the columns of its page. `cities` names the cities that are suggested."""
    told = [(problem["row"], Problem.from_json(problem)) for problem in row.problems]
    rejecting = [each for each in told if each[1].rejects]
    lines = stored_rows(row.cells)
    first = rejecting or told
    return GridRow(
        row=row,
        lines=[GridLine(line.number, _cells(row, place, columns, told)) for place, line in enumerate(lines)],
        problems=[_tell(row, lines, *each, cities or {}) for each in first],
        warnings=[_tell(row, lines, *each, cities or {}) for each in told if not each[1].rejects] if rejecting else [],
        original=_original(row, lines),
        errors=errors or [],
    )


def _position(name: str) -> tuple[int, int]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), FIELDS.index(name))


def _cells(row: StagedRow, place: int, columns: Sequence[str], told: list[tuple[int, Problem]]) -> list[GridCell]:
    is_order = row.status == StagedRow.Status.IMPORTED
    wrong = {problem.field: problem for at, problem in told if at == place and (problem.rejects or is_order)}
    original = stored_rows(row.cells)[place].cells
    cells = []
    for name in columns:
        value, read = shown_text(row, place, name), stored_text(original.get(name, ""))
        problem = wrong.get(name)
        is_open = len(value) <= MAX_TYPED and (
            not is_order or (problem is not None and problem.code == "city_unknown" and row.needs_look)
        )
        cells.append(
            GridCell(
                field=name,
                label=field_label(name),
                name=f"fix-{row.pk}-{place}-{name}",
                value=value,
                original=read if read != value else "",
                message=problem.message if problem else "",
                is_wrong=problem is not None,
                is_editable=is_open,
            )
        )
    return cells


def _tell(row: StagedRow, lines: Sequence[SourceRow], place: int, problem: Problem, cities: Mapping[int, str]) -> Told:
    return Told(
        problem=problem,
        label=field_label(problem.field) if problem.field else "",
        number=lines[place].number if len(lines) > 1 and place < len(lines) else None,
        choices=_choices(row, lines, place, problem, cities) if place < len(lines) else [],
    )


def _choices(
    row: StagedRow, lines: Sequence[SourceRow], place: int, problem: Problem, cities: Mapping[int, str]
) -> list[Choice]:
    is_city = problem.code == "city_unknown"
    if row.status == StagedRow.Status.IMPORTED and not (is_city and row.needs_look):
        return []
    if is_city:
        named = [(int(each.value), cities.get(int(each.value), "")) for each in problem.suggestions]
        return [_choice(row, place, label, city=pk) for pk, label in named if label]
    if problem.code in PRODUCT:
        return [_choice(row, place, each.label, variant=int(each.value)) for each in problem.suggestions]
    if problem.field == "phone" and problem.rejects:
        return _phone_choices(row, lines[place], place, problem)
    if problem.rejects:
        return [
            _choice(row, place, each.label or str(each.value), texts={problem.field: str(each.value)})
            for each in problem.suggestions
        ]
    return []


def _phone_choices(row: StagedRow, line: SourceRow, place: int, problem: Problem) -> list[Choice]:
    """One of the numbers in the cell, the other as the second phone; or the number that stands in another cell."""
    found = [(str(each.value), each.label or str(each.value)) for each in problem.suggestions]
    choices = []
    for value, label in found:
        others = [other for other, _label in found if other != value]
        texts = {"phone": value}
        if others and not shown_text(row, place, "phone2"):
            texts["phone2"] = others[0]
        choices.append(_choice(row, place, label, texts=texts))
    for name in _GLUED:
        rest, phone = split_name_and_phone(stored_text(line.cells.get(name, "")))
        if phone is None:
            continue
        texts = {"phone": phone.national}
        if name in {"name", "first_name"} and rest:
            texts[name] = rest
            label = _("Split: %(name)s · %(phone)s") % {"name": rest, "phone": phone.display}
        else:
            label = _("%(phone)s (from: %(field)s)") % {"phone": phone.display, "field": field_label(name)}
        choices.append(_choice(row, place, label, texts=texts))
    return choices


def _choice(row: StagedRow, place: int, label: str, **chosen: Any) -> Choice:
    return Choice(json.dumps({"row": row.pk, "place": place, **chosen}, ensure_ascii=False), label)


def _original(row: StagedRow, lines: Sequence[SourceRow]) -> list[tuple[int, list[tuple[str, str]]]]:
    """Every cell as it was read, under the header of its column, mapped or not; as in the sheet."""
    mapping = stored_mapping(row.source)
    # JSON keeps no order of its own.
    order = {name: column.index for name, column in mapping.columns.items()} if mapping else {}
    headers = {name: column.header for name, column in mapping.columns.items()} if mapping else {}
    return [
        (
            line.number,
            [
                (headers.get(name) or str(field_label(name)), str(text))
                for name, text in sorted(line.cells.items(), key=lambda cell: order.get(cell[0], len(order)))
            ]
            + [(name, str(text)) for name, text in line.other.items()],
        )
        for line in lines
    ]
