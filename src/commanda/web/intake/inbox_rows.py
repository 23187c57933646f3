"""A waiting row as its card shows it: what is wrong, what may be typed or chosen, the cells as they were read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from commanda.intake.batch import stored_rows
from commanda.intake.models import StagedRow
from commanda.intake.problems import Problem
from commanda.intake.services.read_source import stored_mapping
from commanda.web.intake.labels import field_label

PRODUCT: Final = frozenset({"product_empty", "unknown_product", "variant_unclear", "not_sold"})
# Nothing a person types into one row helps: the sheet or the order itself has to change.
UNMENDABLE: Final = frozenset({"conflicting_rows", "not_stored"})
LONG_CELL: Final = 300


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion: what its button sends, and what it says."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class MendField:
    """An input of the card. `kind` is `text`, `product` or `city`."""

    name: str
    label: Any
    kind: str
    value: str
    original: str
    choices: list[Choice]
    input_type: str = "text"

    @property
    def shows_original(self) -> bool:
        """Whether the cell has to be shown beside the input: not when it stands in it."""
        return bool(self.original) and self.original != self.value


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it was read, under the header of its column."""

    name: str
    text: str
    is_wrong: bool = False

    @property
    def is_long(self) -> bool:
        return len(self.text) > LONG_CELL


@dataclass(frozen=True, slots=True)
class InboxRow:
    """Everything a card needs."""

    row: StagedRow
    problems: list[Problem]
    warnings: list[Problem]
    fields: list[MendField]
    lines: list[tuple[int, list[Cell]]]
    may_remember: bool
    errors: list[str] = field(default_factory=list)


def describe(row: StagedRow, cities: Mapping[int, str] | None = None, errors: list[str] | None = None) -> InboxRow:
    """Prepare one row. `cities` names the cities that are suggested."""
    told = [(problem["row"], Problem.from_json(problem)) for problem in row.problems]
    rejecting = [problem for _place, problem in told if problem.rejects]
    return InboxRow(
        row=row,
        problems=rejecting or [problem for _place, problem in told],
        warnings=[problem for _place, problem in told if not problem.rejects] if rejecting else [],
        fields=_fields(row, told, cities or {}),
        lines=_lines(row, {(place, problem.field) for place, problem in told if problem.rejects}),
        may_remember=any(problem.code in {"unknown_product", "city_unknown"} for _place, problem in told),
        errors=errors or [],
    )


def _fields(row: StagedRow, told: list[tuple[int, Problem]], cities: Mapping[int, str]) -> list[MendField]:
    rows = stored_rows(row.cells)
    is_imported = row.status == StagedRow.Status.IMPORTED
    found: dict[str, MendField] = {}
    for place, problem in told:
        is_city = problem.code == "city_unknown"
        if problem.code in UNMENDABLE or place >= len(rows) or not (problem.rejects or is_city):
            continue
        if is_imported and not is_city:
            continue
        kind = "product" if problem.code in PRODUCT else "city" if is_city else "text"
        name = f"{kind}-{place}" if kind != "text" else f"fix-{place}-{problem.field}"
        original = str(rows[place].cells.get(problem.field, ""))
        typed = row.corrections.get(str(place), {}).get(problem.field, "")
        found.setdefault(
            name,
            MendField(
                name=name,
                label=field_label(problem.field),
                kind=kind,
                value=typed or (original[:LONG_CELL] if kind == "text" else ""),
                original=original[:LONG_CELL],
                choices=_choices(kind, place, problem, cities),
                input_type="tel" if problem.field in {"phone", "phone2"} else "text",
            ),
        )
    return list(found.values())


def _choices(kind: str, place: int, problem: Problem, cities: Mapping[int, str]) -> list[Choice]:
    if kind == "city":
        named = [(each.value, cities.get(int(each.value), "")) for each in problem.suggestions]
        return [Choice(f"city-{place}-{value}", label) for value, label in named if label]
    if kind == "product":
        return [Choice(f"product-{place}-{each.value}", each.label) for each in problem.suggestions]
    return [
        Choice(f"fix-{place}-{problem.field}-{each.value}", each.label or str(each.value))
        for each in problem.suggestions
    ]


def _lines(row: StagedRow, wrong: set[tuple[int, str]]) -> list[tuple[int, list[Cell]]]:
    mapping = stored_mapping(row.source)
    # JSON keeps no order of its own: as in the sheet.
    order = {name: column.index for name, column in mapping.columns.items()} if mapping else {}
    headers = {name: column.header for name, column in mapping.columns.items()} if mapping else {}
    return [
        (
            line.number,
            [
                Cell(headers.get(name) or str(field_label(name)), str(text), (place, name) in wrong)
                for name, text in sorted(line.cells.items(), key=lambda cell: order.get(cell[0], len(order)))
            ]
            + [Cell(name, str(text)) for name, text in line.other.items()],
        )
        for place, line in enumerate(stored_rows(row.cells))
    ]
