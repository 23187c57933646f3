"""What a source would give under a mapping: its columns, the first rows cleaned, and what is wrong where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from commanda.intake.batch import Batch, SourceRow, column_letter
from commanda.intake.cells import cell_text
from commanda.intake.choices import column_of, header_of
from commanda.intake.clean_row import CleanItem, CleanRow
from commanda.intake.drafting import DraftingContext, load_context, make_draft
from commanda.intake.headers import explain_note
from commanda.intake.mapping import JOINED, Column, Mapping
from commanda.intake.models import Source
from commanda.intake.preview_cells import Shown, shown_value
from commanda.intake.problems import Problem
from commanda.intake.readers.base import ReadProblem, is_blank
from commanda.intake.rows import Read, cleaning_context, read_candidate
from commanda.intake.services.read_source import choose_mapping
from commanda.kernel.text import fold, shorten
from commanda.orders.services.drafts import OrderDraft

ROWS: Final = 20
_SAMPLES: Final = 3
_KEY_FIELDS: Final = frozenset({"name", "phone", "city", "product"})
_CELL: Final = 120
# Where a problem shows when its own field has no column.
_BESIDE: Final = {"name": ("first_name", "last_name"), "product": ("sku",), "city": ("address",)}


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column of the source, the field it is taken for ("" for none) and what stands in it.

    `rank` is its place among the columns of the field, from 0; `beside` names the field's own column when this one
    completes it.
    """

    index: int
    name: str
    field: str
    samples: list[str]
    rank: int = 0
    beside: str = ""

    @property
    def is_joined(self) -> bool:
        return self.field in JOINED


@dataclass(frozen=True, slots=True)
class PreviewCell:
    """A cell of a used column: what is understood, what stands there, what is wrong with it."""

    column: PreviewColumn
    shown: Shown
    original: str
    problems: list[Problem]

    @property
    def shows_original(self) -> bool:
        return self.shown.differs_from(self.original)

    @property
    def is_key(self) -> bool:
        """Whether a small screen shows it even when nothing is wrong with it."""
        return self.column.field in _KEY_FIELDS and self.column.rank == 0

    @property
    def is_bad(self) -> bool:
        return any(problem.rejects for problem in self.problems)


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it would be taken in; `draft` is its order, None when the row would wait in the inbox.

    `is_first` marks the first row of an order; `products`, `read` and the draft are those of the whole order.
    """

    number: int
    read: Read
    draft: OrderDraft | None
    is_first: bool
    cells: list[PreviewCell]
    products: list[str]
    remarks: list[Problem]

    @property
    def city(self) -> str:
        return next((str(cell.shown.text) for cell in self.cells if cell.column.field == "city"), "")

    @property
    def problems(self) -> list[Problem]:
        return [*(problem for cell in self.cells for problem in cell.problems), *self.remarks]


@dataclass(frozen=True, slots=True)
class Preview:
    """All that the mapping page shows. `error` tells why there are no rows."""

    mapping: Mapping
    columns: list[PreviewColumn]
    rows: list[PreviewRow]
    notes: list[str]
    missing: tuple[str, ...]
    error: str = ""

    @property
    def clean_qty(self) -> int:
        """Rows that become orders, or parts of them."""
        return sum(row.draft is not None for row in self.rows)

    @property
    def used(self) -> list[PreviewColumn]:
        return [column for column in self.columns if column.field]

    @property
    def unused(self) -> list[PreviewColumn]:
        return [column for column in self.columns if not column.field]


def make_preview(source: Source, head: Sequence[Sequence[Any]], mapping: Mapping | None = None) -> Preview:
    """Look at the first rows. Never raises for what a person chose: the page says what is missing."""
    chosen = mapping or choose_mapping(source, head)
    columns = _columns(chosen, head)
    notes = [explain_note(note) for note in chosen.notes]
    if chosen.missing:
        return Preview(chosen, columns, [], notes, chosen.missing)
    try:
        batch = Batch(chosen, head)
    except ReadProblem as error:
        return Preview(chosen, columns, [], notes, (), str(error))
    return Preview(chosen, columns, _Rows(batch, load_context(source), columns).first(ROWS), notes, ())


def _columns(mapping: Mapping, head: Sequence[Sequence[Any]]) -> list[PreviewColumn]:
    at, header = header_of(mapping, head)
    data = [row for row in head[at + 1 :] if not is_blank(row)]
    width = max((len(row) for row in [header, *data[:ROWS]]), default=0)
    found = []
    for index in range(width):
        column = column_of(index, header)
        samples = [shorten(cell_text(row[index]), 60) for row in data if index < len(row) and cell_text(row[index])]
        if column.header or samples:
            name = column.header or column_letter(index)
            taken, rank = _field_of(column, mapping)
            beside = mapping.columns[taken].header or column_letter(mapping.columns[taken].index) if rank else ""
            found.append(PreviewColumn(index, name, taken, list(dict.fromkeys(samples))[:_SAMPLES], rank, beside))
    return found


def _field_of(column: Column, mapping: Mapping) -> tuple[str, int]:
    """The field a column is taken for and its place there: known by its name, without one by its place.

    A column that is one field's own and completes another shows as the former.
    """
    places = [
        (rank, name)
        for name, own in mapping.columns.items()
        for rank, each in enumerate((own, *mapping.more.get(name, ())))
        if _is_same(each, column)
    ]
    rank, name = min(places, default=(0, ""))
    return name, rank


def _is_same(mapped: Column, column: Column) -> bool:
    if column.header:
        return fold(mapped.header) == fold(column.header) and mapped.occurrence == column.occurrence
    return not mapped.header and mapped.index == column.index


class _Rows:
    """The first orders of a batch, row by row, cell by cell."""

    def __init__(self, batch: Batch, context: DraftingContext, columns: list[PreviewColumn]) -> None:
        self._batch = batch
        self._context = context
        self._used = [column for column in columns if column.field]
        self._own = {column.field for column in self._used if column.rank == 0}
        self._cities = context.city_names()
        self._variants = context.matchers.products.variants

    def first(self, count: int) -> list[PreviewRow]:
        """So many rows; an order is not parted at the end."""
        cleaning = cleaning_context(self._batch.mapping, self._context)
        rows: list[PreviewRow] = []
        for candidate in self._batch.candidates():
            read = read_candidate(candidate.rows, cleaning)
            draft = None if read.is_rejected else make_draft(read.order, self._context)
            products = [f"{item.quantity} × {self._label(item)}" for item in read.order.items]
            for place, row in enumerate(candidate.rows):
                cells, remarks = self._cells(row, read, place)
                rows.append(PreviewRow(row.number, read, draft, place == 0, cells, products, remarks))
            if len(rows) >= count:
                break
        return rows

    def _cells(self, row: SourceRow, read: Read, place: int) -> tuple[list[PreviewCell], list[Problem]]:
        """The cells of a row with their problems, and those problems that stand in no column."""
        problems: dict[str, list[Problem]] = {}
        for problem in read.problems:
            if problem["row"] == place:
                problems.setdefault(self._place_of(problem["field"]), []).append(Problem.from_json(problem))
        clean = next((each for each in read.order.rows if each.row_number == row.number), read.order.head)
        cells = []
        for column in self._used:
            original = self._original(row, column)
            if column.rank:
                cells.append(PreviewCell(column, Shown(original), original, []))
            else:
                cells.append(
                    PreviewCell(column, self._shown(clean, column.field), original, problems.get(column.field, []))
                )
        return cells, problems.get("", [])

    def _shown(self, clean: CleanRow, name: str) -> Shown:
        if name == "product" or (name == "sku" and "product" not in self._own):
            return Shown(" + ".join(self._label(item) for item in clean.items if item.variant_id))
        return shown_value(clean, name, self._cities)

    def _place_of(self, name: str) -> str:
        """The field in whose column a problem shows; "" when there is none."""
        return next((each for each in (name, *_BESIDE.get(name, ())) if each in self._own), "")

    def _original(self, row: SourceRow, column: PreviewColumn) -> str:
        """The cell as it was read."""
        if column.rank == 0 and column.field not in row.made:
            cell = row.cells.get(column.field, "")
        else:
            cell = row.other.get(self._batch.column_name(column.index), "")
        return shorten(cell_text(cell), _CELL)

    def _label(self, item: CleanItem) -> str:
        return self._variants[item.variant_id].label if item.variant_id else shorten(item.text, 80)


def missing_message(name: str) -> str:
    """What to do about a field without which no row becomes an order."""
    if name == "phone":
        return _("Which column holds the phone number? Choose it below.")
    return _("Which column holds the product? Choose it below, or name the one product of this source.")
