"""What a source would give under a mapping: columns with samples, the first rows cleaned, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.intake.batch import Batch, column_letter
from commanda.intake.cells import cell_text
from commanda.intake.drafting import DraftingContext, load_context, make_draft
from commanda.intake.headers import NOTES, find_header_row
from commanda.intake.mapping import FIELDS, Column, Mapping, header_key
from commanda.intake.models import Source
from commanda.intake.problems import Problem
from commanda.intake.readers.base import ReadProblem, is_blank
from commanda.intake.rows import Read, cleaning_context, read_candidate
from commanda.intake.services.read_source import choose_mapping
from commanda.kernel.errors import Invalid
from commanda.kernel.text import fold, shorten
from commanda.orders.services.drafts import OrderDraft

ROWS: Final = 20
_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column of the source, the field it is taken for ("" for none) and what stands in it."""

    index: int
    name: str
    field: str
    samples: list[str]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """An order as it would be taken in; `draft` None when it would wait in the inbox."""

    number: int
    read: Read
    draft: OrderDraft | None
    city: str
    products: list[str]
    problems: list[Problem]


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
        return sum(row.draft is not None for row in self.rows)


def make_preview(source: Source, head: Sequence[Sequence[Any]], mapping: Mapping | None = None) -> Preview:
    """Look at the first rows. Never raises for what a person chose: the page says what is missing."""
    chosen = mapping or choose_mapping(source, head)
    columns = _columns(chosen, head)
    notes = [str(NOTES[note.code]) % note.params if note.params else str(NOTES[note.code]) for note in chosen.notes]
    if chosen.missing:
        return Preview(chosen, columns, [], notes, chosen.missing)
    try:
        batch = Batch(chosen, head)
    except ReadProblem as error:
        return Preview(chosen, columns, [], notes, (), str(error))
    return Preview(chosen, columns, _rows(source, batch), notes, ())


def mapping_from_choices(
    head: Sequence[Sequence[Any]],
    base: Mapping,
    choices: dict[int, str],
    *,
    has_header: bool,
    centimes: bool,
    month_first: bool,
) -> Mapping:
    """The mapping a person chose: column index → field. Raises `Invalid` when a field is chosen twice."""
    base = replace(base, has_header=has_header, notes=())
    header = _header_row(base, head)
    columns: dict[str, Column] = {}
    for index, name in sorted(choices.items()):
        if not name:
            continue
        if name not in FIELDS:
            raise Invalid(_("Unknown field: %(name)s"), field="mapping", name=name)
        if name in columns:
            raise Invalid(
                _("Two columns are taken for the same thing. Choose one of them."), field="mapping", code="field_twice"
            )
        columns[name] = _column(index, header)
    return replace(base, columns=columns, centimes=centimes, month_first=month_first)


def _columns(mapping: Mapping, head: Sequence[Sequence[Any]]) -> list[PreviewColumn]:
    header = _header_row(mapping, head)
    at = next((at for at, row in enumerate(head) if row is header), -1)
    data = [row for row in head[at + 1 :] if not is_blank(row)]
    width = max((len(row) for row in [header, *data[:ROWS]]), default=0)
    found = []
    for index in range(width):
        column = _column(index, header)
        samples = [shorten(cell_text(row[index]), 60) for row in data if index < len(row) and cell_text(row[index])]
        if column.header or samples:
            name = column.header or column_letter(index)
            found.append(
                PreviewColumn(index, name, _field_of(column, mapping), list(dict.fromkeys(samples))[:_SAMPLES])
            )
    return found


def _field_of(column: Column, mapping: Mapping) -> str:
    """The field a column is taken for: known by its name, without one by its place."""
    for name, mapped in mapping.columns.items():
        if column.header and fold(mapped.header) == fold(column.header) and mapped.occurrence == column.occurrence:
            return name
        if not column.header and not mapped.header and mapped.index == column.index:
            return name
    return ""


def _header_row(mapping: Mapping, head: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """The row of names; where the mapping's columns are gone, the likeliest one, else the first filled row."""
    if not mapping.has_header:
        return []
    try:
        return head[mapping.locate(head).header_row]
    except ReadProblem:
        at = find_header_row(head)
        return head[at] if at is not None else next((row for row in head if not is_blank(row)), [])


def _column(index: int, header: Sequence[Any]) -> Column:
    if index >= len(header):
        return Column(index, "")
    name = header_key(header[index])
    occurrence = sum(1 for cell in header[: index + 1] if header_key(cell) == name)
    return Column(index, str(header[index]).strip() if name else "", occurrence)


def _rows(source: Source, batch: Batch) -> list[PreviewRow]:
    context = load_context(source)
    cleaning = cleaning_context(batch.mapping, context)
    names = context.city_names()
    rows = []
    for candidate in islice(batch.candidates(), ROWS):
        read = read_candidate(candidate.rows, cleaning)
        draft = None if read.is_rejected else make_draft(read.order, context)
        city_id = read.order.head.city_id
        rows.append(
            PreviewRow(
                candidate.number,
                read,
                draft,
                names.get(city_id, "") if city_id else read.order.head.city_text,
                _products(read, context),
                [Problem.from_json(problem) for problem in read.problems],
            )
        )
    return rows


def _products(read: Read, context: DraftingContext) -> list[str]:
    known = context.matchers.products.variants
    return [
        f"{item.quantity} × {known[item.variant_id].label if item.variant_id else shorten(item.text, 80)}"
        for item in read.order.items
    ]
