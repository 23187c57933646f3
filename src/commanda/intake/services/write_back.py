"""Write the orders' state, agent, tracking number … back to the sheet they came from."""

from dataclasses import dataclass, field
from typing import Final

import structlog

from commanda.accounts.permissions import Perm
from commanda.intake.failures import MappingIncomplete, SheetMoving
from commanda.intake.locks import only_write_back_of
from commanda.intake.mapping import Mapping
from commanda.intake.models import Source
from commanda.intake.readers.base import MAX_COLUMNS, ReadProblem, is_blank
from commanda.intake.readers.sheet_editor import SheetEditor
from commanda.intake.readers.sheets_api import Grid
from commanda.intake.services.connect import sheet_editor
from commanda.intake.services.read_source import stored_mapping
from commanda.intake.services.write_back_health import note_failure, note_written
from commanda.intake.write_back import Batch, Look, look_at, missing_qty, plan
from commanda.intake.write_back_state import WriteBack
from commanda.intake.write_back_undo import overwritten_cells
from commanda.intake.write_back_values import is_due, order_texts
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import CommandaError, NotFound

# Three requests each; a minute allows 60 readings and 60 writings, and the import wants some of them.
BATCHES_PER_RUN: Final = 12
# How often a sheet is read again because its rows moved while they were about to be written.
LOOKS: Final = 4

log = structlog.get_logger(__name__)


@dataclass
class Written:
    """What a run did. `is_complete`: the sheet now says what the orders said when it began."""

    rows: set[int] = field(default_factory=set)
    missing_qty: int = 0
    is_complete: bool = True

    @property
    def row_qty(self) -> int:
        return len(self.rows)


def write_back(*, actor: Actor, source_id: int, is_forced: bool = False) -> Written | None:
    """Bring our columns of a source's sheet up to date; None when there was nothing to do.

    Every row says what its order says, found by its identity wherever it stands now; only cells that differ are
    written, only in our own columns, as plain text. What is about to be written is compared with the sheet right
    before, and verified right after: a row that moved in between is put right. Done twice or killed half-way it ends
    the same. One run per source at a time on all machines. A failure is noted with what to do, and the next run
    waits longer each time; it is raised only when a person asked for it (`is_forced`), as is `AlreadyWriting`.
    """
    actor.require(Perm.INTAKE_MANAGE)
    try:
        with only_write_back_of(source_id):
            return _write_back(source_id, is_forced=is_forced)
    except CommandaError:
        if is_forced:
            raise
        return None


def _write_back(source_id: int, *, is_forced: bool) -> Written | None:
    source = Source.objects.filter(pk=source_id, kind=Source.Kind.SHEET_API).first()
    if source is None or not WriteBack.of(source).is_on:
        raise NotFound
    if not is_forced and not (source.is_active and is_due(source)):
        return None
    started_at = now()
    try:
        written = _Run(source).write()
    except Exception as error:
        note_failure(source_id, error)
        if not isinstance(error, CommandaError):
            log.error("write_back_failed", source_id=source_id, exc_info=error)
        raise
    note_written(
        source_id,
        started_at=started_at,
        row_qty=written.row_qty,
        missing_qty=written.missing_qty,
        is_complete=written.is_complete,
    )
    return written


class _Run:
    """One run over one sheet."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.state = WriteBack.of(source)
        self.mapping: Mapping = known_mapping(source)
        self.editor: SheetEditor = sheet_editor(source)
        self.written = Written()

    def write(self) -> Written:
        """Look, write, verify; once more from the start whenever the sheet moved under our hands."""
        for _attempt in range(LOOKS):
            grid = chosen_tab(self.editor, self.source, self.state)
            look = look_at(self.mapping, self.editor.grid_rows(grid), self.state.columns)
            if self._added_columns(grid, look):
                continue
            wanted = order_texts(self.source, self.state.columns, self.state.language)
            batches = plan(look, wanted)
            if all(self._write(grid, look, batch) for batch in batches[:BATCHES_PER_RUN]):
                self.written.missing_qty = missing_qty(look, wanted)
                self.written.is_complete = len(batches) <= BATCHES_PER_RUN
                return self.written
        raise SheetMoving

    def _added_columns(self, grid: Grid, look: Look) -> bool:
        """Insert the columns of ours that are not there, behind everything that anybody has written."""
        missing = [header for name, header in self.state.columns.items() if name not in look.columns]
        if not missing:
            return False
        if look.width + len(missing) > MAX_COLUMNS:
            raise ReadProblem("no_room", limit=MAX_COLUMNS - len(missing))
        self.editor.insert_columns(grid, look.width, look.header_row, missing)
        return True

    def _write(self, grid: Grid, look: Look, batch: Batch) -> bool:
        """Write a batch; False when the sheet was not as it was seen, before or after."""
        runs = [(look.header_row, look.header_row), *batch.runs]
        before = self.editor.rows_at(grid, runs)
        if not _agrees(look, batch, before):
            return False
        self.editor.write(grid, [(block.column, block.row, block.values) for block in batch.blocks])
        self.written.rows.update(number for first, last in batch.runs for number in range(first, last + 1))
        after = self.editor.rows_at(grid, runs)
        if _agrees(look, batch, after):
            return True
        if mended := overwritten_cells(look, batch, before, after):
            log.warning("write_back_column_moved", source_id=self.source.pk, cells=len(mended))
            self.editor.write(grid, mended)
        return False


def known_mapping(source: Source) -> Mapping:
    """The mapping by which rows are found. Raises `MappingIncomplete`."""
    mapping = stored_mapping(source)
    if mapping is None or mapping.missing:
        raise MappingIncomplete(mapping.missing[0] if mapping else "phone")
    return mapping


def chosen_tab(editor: SheetEditor, source: Source, state: WriteBack) -> Grid:
    """The tab that the write-back was switched on for. Raises `ReadProblem` `another_sheet`."""
    grid = editor.grid()
    if (source.options.get("spreadsheet_id"), grid.gid) != (state.spreadsheet_id, state.gid):
        raise ReadProblem("another_sheet")
    return grid


def _agrees(look: Look, batch: Batch, rows: dict[int, list[object]]) -> bool:
    """Whether the columns and the rows of a batch still stand where they were seen."""
    if not look.has_same_header(rows[look.header_row]):
        return False
    ours = set(look.columns.values())
    for first, last in batch.runs:
        for number in range(first, last + 1):
            theirs = ["" if at in ours else cell for at, cell in enumerate(rows[number])]
            who = look.identities.get(number)
            is_same = is_blank(theirs) if who is None else look.identity(theirs) == who
            if not is_same:
                return False
    return True
