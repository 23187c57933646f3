"""Confirm or change which column is which, without making new orders of old rows."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.intake.batch import SourceRow, column_letter, make_candidate, stored_rows
from commanda.intake.failures import MappingIncomplete
from commanda.intake.identity import row_key
from commanda.intake.locks import get_locked, only_import_of
from commanda.intake.mapping import Column, Mapping, completed
from commanda.intake.models import Source, StagedRow
from commanda.intake.services.read_source import stored_mapping
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work

_CHUNK = 1_000


def set_mapping(*, actor: Actor, source_id: int, mapping: Mapping) -> Source:
    """Keep a mapping with a source; a sheet that waited for it is read from now on.

    Rows taken in before get the identity they have under the new mapping, so that the next reading knows them again.
    Raises `MappingIncomplete`, `AlreadyRunning`, and `Conflict` when the mapping would join rows that are separate
    orders already, or part those of one order.
    """
    actor.require(Perm.INTAKE_MANAGE)
    if mapping.missing:
        raise MappingIncomplete(mapping.missing[0])
    with only_import_of(source_id), unit_of_work():
        source = get_locked(source_id)
        if source.kind == Source.Kind.HOOK and not mapping.has_header:
            raise Invalid(
                _("What is sent always has names. Tick “The columns have names above them”."),
                code="names_needed",
                field="mapping",
            )
        before = stored_mapping(source)
        if before is not None and before.signature != mapping.signature:
            _identify_again(source, before, mapping)
        is_first = source.mapping is None
        source.mapping = mapping.to_json()
        _keep_channel(source, mapping)
        source.last_version = ""  # read the sheet even if it has not changed: it says something else now
        source.error_code, source.error_params, source.failures_qty = "", {}, 0
        source.is_active = source.is_active or is_first
        source.next_run_at = now() if source.is_polled else None
        source.save()
        record(
            actor=actor,
            name="source.mapped",
            subject="source",
            subject_id=source.pk,
            changes={
                "columns": {name: column.header for name, column in mapping.columns.items()},
                "defaults": dict(mapping.defaults),
            },
        )
    return source


def _keep_channel(source: Source, mapping: Mapping) -> None:
    """How the orders of the source came in is told once for all of them; "" leaves it to the kind of the source."""
    if (channel := mapping.defaults.get("channel")) is not None:
        rest = {name: value for name, value in source.options.items() if name != "channel"}
        source.options = rest | ({"channel": channel} if channel else {})


def _identify_again(source: Source, before: Mapping, after: Mapping) -> None:
    seen: dict[str, int] = {}
    changed: list[StagedRow] = []
    rows = StagedRow.objects.filter(source=source).order_by("pk")
    stored = rows.values_list("cells", flat=True).iterator(chunk_size=_CHUNK)
    columns = seen_columns((row for cells in stored for row in stored_rows(cells)), before)
    for staged in rows.iterator(chunk_size=_CHUNK):
        moved = [remapped(row, before, after, columns) for row in stored_rows(staged.cells)]
        if not moved:
            continue
        key = row_key(moved[0].cells)
        seen[key] = seen.get(key, 0) + 1
        if (seen[key] > 1) == key.startswith("x:") and (seen[key] > 1 or len(moved) > 1):
            raise Conflict(
                _("This mapping would join or part rows that are orders already. Make a new source for it."),
                code="mapping_regroups",
                field="mapping",
            )
        candidate = make_candidate(key if seen[key] == 1 else f"{key}#{seen[key]}", moved)
        staged.key, staged.fingerprint, staged.cells = candidate.key, candidate.fingerprint, candidate.to_json()
        changed.append(staged)
    _rename(changed)
    StagedRow.objects.bulk_update(changed, ["fingerprint", "cells"], batch_size=_CHUNK)


def _rename(rows: list[StagedRow]) -> None:
    """Give the rows their new keys. Rows may exchange theirs, so all step aside first."""
    final = [row.key for row in rows]
    for row in rows:
        row.key = f"~{row.pk}"
    StagedRow.objects.bulk_update(rows, ["key"], batch_size=_CHUNK)
    for row, key in zip(rows, final, strict=True):
        row.key = key
    StagedRow.objects.bulk_update(rows, ["key"], batch_size=_CHUNK)


def seen_columns(rows: Iterable[SourceRow], before: Mapping) -> set[str]:
    """The names of all columns that the rows were read with, as far as any of them was filled or used."""
    names = {_place(column, before) for _name, column in before.all_columns()}
    for row in rows:
        names.update(row.other)
    return names


def remapped(row: SourceRow, before: Mapping, after: Mapping, seen: AbstractSet[str]) -> SourceRow:
    """The same row under another mapping. `seen` are the columns it was read with.

    A field whose new column was never seen keeps its cell: the column was renamed, it is the same one.
    """
    by_name: dict[str, Any] = dict(row.other)
    former = {name: _place(column, before) for name, column in before.columns.items()}
    for name, place in former.items():
        if name in row.made:
            by_name.setdefault(place, "")  # what its columns hold stands among the others
        else:
            by_name[place] = row.cells.get(name, "")
    wanted = {name: _place(column, after) for name, column in after.columns.items()}
    kept = {_place(column, after) for _name, column in after.all_columns()}
    for name, place in wanted.items():
        if place not in by_name and place not in seen and name in former and former[name] not in kept:
            by_name[place] = by_name.pop(former[name])
    every = dict(by_name)
    cells = {name: by_name.pop(place, "") for name, place in wanted.items()}
    made: tuple[str, ...] = ()
    for name, columns in after.more.items():
        own = cells.get(name, "")
        cells[name], is_made = completed(name, [own, *(every.get(_place(column, after), "") for column in columns)])
        if is_made:
            made = (*made, name)
            by_name[wanted[name]] = own
    return SourceRow(row.number, cells, {name: cell for name, cell in by_name.items() if cell != ""}, made)


def _place(column: Column, mapping: Mapping) -> str:
    """What `Batch.column_name` calls the column."""
    name = " ".join(column.header[:80].split()) if mapping.has_header else ""
    if not name:
        return column_letter(column.index)
    return name if column.occurrence == 1 else f"{name} ({column.occurrence})"
