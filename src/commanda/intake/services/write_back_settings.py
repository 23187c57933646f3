"""Switch the write-back of a source on and off, and see beforehand what it would do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.intake.jobs import queue_write_back
from commanda.intake.models import Source
from commanda.intake.readers.base import MAX_COLUMNS, ReadProblem
from commanda.intake.services.connect import sheet_editor
from commanda.intake.services.write_back import known_mapping
from commanda.intake.services.write_back_health import save_state
from commanda.intake.write_back import FIELDS, header_for, look_at, missing_qty, plan
from commanda.intake.write_back_state import WriteBack
from commanda.intake.write_back_values import order_texts
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work

SAMPLES: Final = 5
_FRESH: Final = {"error_code": "", "error_params": {}, "failures_qty": 0, "next_at": "", "compared_at": ""}


@dataclass(frozen=True)
class Sample:
    """One row of the sheet and what would be written into it, in the order of the headers."""

    number: int
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What switching it on would do."""

    headers: tuple[str, ...]
    new_headers: tuple[str, ...]
    row_qty: int
    missing_qty: int
    samples: tuple[Sample, ...]


def plan_write_back(*, actor: Actor, source_id: int, fields: Collection[str], language: str) -> Plan:
    """What would be written now; reads the sheet and writes nothing.

    Raises `Invalid` for the choice and `ReadProblem` when the sheet cannot be read or is not shared for editing.
    """
    actor.require(Perm.INTAKE_MANAGE)
    source = _source(source_id)
    columns = _columns(source, fields, language)
    mapping = known_mapping(source)
    editor = sheet_editor(source)
    if not editor.can_edit():
        raise ReadProblem("viewer_only", email=editor.email)
    look = look_at(mapping, editor.grid_rows(), columns)
    new = [name for name in columns if name not in look.columns]
    if look.width + len(new) > MAX_COLUMNS:
        raise ReadProblem("no_room", limit=MAX_COLUMNS - len(new))
    wanted = order_texts(source, columns, language)
    filled = replace(look, columns=look.columns | {name: look.width + at for at, name in enumerate(new)})
    rows = [number for batch in plan(filled, wanted) for first, last in batch.runs for number in range(first, last + 1)]
    keys = {number: key for key, numbers in look.keys.items() for number in numbers}
    samples = [
        Sample(number, tuple(wanted[keys[number]][name] for name in columns))
        for number in rows
        if keys.get(number) in wanted
    ]
    return Plan(
        headers=tuple(columns.values()),
        new_headers=tuple(columns[name] for name in new),
        row_qty=len(rows),
        missing_qty=missing_qty(look, wanted),
        samples=tuple(samples[:SAMPLES]),
    )


def switch_on(*, actor: Actor, source_id: int, fields: Sequence[str], language: str) -> Source:
    """Write these fields into columns of ours from now on; the worker begins at once.

    The tab that the source reads now is the one that is written to; when another is chosen later, nothing is written
    there before this is called again. Raises `Invalid`, and `ReadProblem` when the sheet cannot be written to.
    """
    actor.require(Perm.INTAKE_MANAGE)
    source = _source(source_id)
    columns = _columns(source, fields, language)
    known_mapping(source)
    editor = sheet_editor(source)
    if not editor.can_edit():
        raise ReadProblem("viewer_only", email=editor.email)
    grid = editor.grid()
    with unit_of_work():
        save_state(
            source_id,
            written_back_at=None,
            is_on=True,
            columns=columns,
            language=language,
            spreadsheet_id=source.options["spreadsheet_id"],
            gid=grid.gid,
            **_FRESH,
        )
        record(
            actor=actor,
            name="source.write_back_on",
            subject="source",
            subject_id=source_id,
            changes={"columns": list(columns.values()), "language": language},
        )
        queue_write_back(source_id)
    return _source(source_id)


def switch_off(*, actor: Actor, source_id: int) -> Source:
    """Write nothing more. The columns and what stands in them stay as they are."""
    actor.require(Perm.INTAKE_MANAGE)
    source = _source(source_id)
    with unit_of_work():
        if WriteBack.of(source).is_on:
            save_state(source_id, is_on=False, **_FRESH)
            record(actor=actor, name="source.write_back_off", subject="source", subject_id=source_id)
    return _source(source_id)


def write_all_again(*, actor: Actor, source_id: int) -> None:
    """Compare the whole sheet with the orders at once and write what differs, whatever happened before.

    Raises `Invalid` when the write-back is off.
    """
    actor.require(Perm.INTAKE_MANAGE)
    source = _source(source_id)
    if not WriteBack.of(source).is_on:
        raise Invalid(_("Switch the write-back on first."), code="write_back_off")
    with unit_of_work():
        save_state(source_id, written_back_at=None, **_FRESH)
        record(actor=actor, name="source.write_back_again", subject="source", subject_id=source_id)
        queue_write_back(source_id)


def _source(source_id: int) -> Source:
    source = Source.objects.filter(pk=source_id, kind=Source.Kind.SHEET_API).first()
    if source is None:
        raise NotFound(_("Only a Google Sheet that is connected by service account can be written to."))
    return source


def _columns(source: Source, fields: Collection[str], language: str) -> dict[str, str]:
    """The header of each column; one that exists keeps its header, whatever the language is now."""
    if not fields or set(fields) - set(FIELDS):
        raise Invalid(_("Choose at least one column to write."), field="fields", code="no_columns")
    if language not in dict(settings.LANGUAGES):
        raise Invalid(_("Choose a language from the list."), field="language", code="unknown_language")
    before = WriteBack.of(source).columns
    return {name: before.get(name) or header_for(name, language) for name in FIELDS if name in fields}
