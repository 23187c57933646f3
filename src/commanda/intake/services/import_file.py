"""Take the rows of a file in: from the command line, or from an upload that a person has looked at."""

from collections.abc import Mapping as JsonObject
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from commanda.intake.jobs import queue_run
from commanda.intake.mapping import Mapping
from commanda.intake.models import ImportRun, Source, UploadedSheet
from commanda.intake.readers import open_file
from commanda.intake.readers.base import Reader, ReadProblem
from commanda.intake.selectors import get_upload
from commanda.intake.services.known_file import file_version
from commanda.intake.services.outcome import Outcome
from commanda.intake.services.read_source import first_rows, stored_mapping
from commanda.intake.services.run_import import dry_run as plan_import
from commanda.intake.services.run_import import execute
from commanda.intake.services.set_mapping import set_mapping
from commanda.intake.services.sources import ensure_file_source, refuse_sheet
from commanda.intake.services.uploads import drop_upload
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.text import shorten
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Store


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of a file. Quantities count rows of the file, `orders` the orders made of them.

    `read = new + changed + unchanged + rejected`. `rejected_rows` holds at most 200 rows with their reasons.
    """

    source: str
    file: str
    is_dry_run: bool
    run_id: int | None
    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    orders: int
    duplicates: int
    blocked: int
    reasons: JsonObject[str, int]
    warnings: JsonObject[str, int]
    rejected_rows: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """JSON-safe, with stable names."""
        return {
            "source": self.source,
            "file": self.file,
            "dry_run": self.is_dry_run,
            "run_id": self.run_id,
            "read": self.read,
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "orders": self.orders,
            "duplicates": self.duplicates,
            "blocked": self.blocked,
            "reasons": dict(self.reasons),
            "warnings": dict(self.warnings),
            "rejected_rows": self.rejected_rows,
        }


def import_file(
    *, actor: Actor, path: Path | str, source_name: str | None = None, dry_run: bool = False
) -> ImportReport:
    """Import a CSV or workbook; the source is found by name (the file's name without its ending) or made.

    With `dry_run` nothing is written, no source either. The same file again imports nothing new. Raises `Invalid`
    for a file that is not there and what `run_import.execute` raises.
    """
    file = Path(path)
    if not file.is_file():
        raise Invalid(_("There is no file %(path)s."), field="file", code="file_missing", path=str(file))
    try:
        reader = open_file(file)
    except OSError as error:
        raise Invalid(
            _("The file %(path)s cannot be opened: %(reason)s"),
            field="file",
            code="file_unreadable",
            path=str(file),
            reason=error.strerror or "",
        ) from error
    name = shorten(source_name or file.stem, 80)
    if dry_run:
        source = _source_named(name)
        _batch, outcome = plan_import(actor=actor, source=source, reader=reader)
        return report(name, file.name, outcome, None)
    source = ensure_file_source(actor=actor, name=name)
    run, outcome = execute(
        actor=actor,
        source_id=source.pk,
        reader=reader,
        trigger=ImportRun.Trigger.CLI,
        file_name=file.name,
        version=file_version(file),
    )
    return report(name, file.name, outcome, run)


def queue_upload(*, actor: Actor, upload_id: UUID | str, mapping: Mapping | None = None) -> ImportRun:
    """Let the worker take an upload in: the run, to be looked at while it waits."""
    upload = get_upload(actor, upload_id)
    with unit_of_work():
        run = _new_run(actor, upload, mapping)
        run.status, run.started_at = ImportRun.Status.QUEUED, now()
        run.save(force_insert=True)
        queue_run(run)
    return run


def import_upload(
    *, actor: Actor, upload_id: UUID | str, mapping: Mapping | None = None, run: ImportRun | None = None
) -> ImportRun:
    """Import an uploaded file with the mapping that was looked at, and remove the file.

    The mapping is kept with the source, unless the source's own one is for another layout. Raises `NotFound` for an
    upload that is gone, and what `execute` raises; the upload then stays, to be tried again, and so it does when the
    run was cancelled.
    """
    upload = get_upload(actor, upload_id)
    run = run or _new_run(actor, upload, mapping)
    file = upload_path(upload)
    reader = open_file(file)
    if mapping is not None and _replaces(mapping, run.source, reader):
        set_mapping(actor=actor, source_id=run.source_id, mapping=mapping)
    done, _outcome = execute(
        actor=actor,
        source_id=run.source_id,
        reader=reader,
        trigger=run.trigger or ImportRun.Trigger.UPLOAD,
        file_name=upload.name,
        mapping=mapping,
        version=file_version(file),
        run=run,
    )
    if done.status == ImportRun.Status.DONE:
        drop_upload(upload)
    return done


def _new_run(actor: Actor, upload: UploadedSheet, mapping: Mapping | None) -> ImportRun:
    """A run of the upload, unsaved, with what is needed to let it go on later."""
    return ImportRun(
        source=ensure_file_source(actor=actor, name=upload.source_name),
        trigger=ImportRun.Trigger.PASTE if upload.is_pasted else ImportRun.Trigger.UPLOAD,
        file_name=upload.name,
        upload=upload,
        mapping=mapping.to_json() if mapping else None,
        started_by_id=actor.user_id,
    )


def _replaces(mapping: Mapping, source: Source, reader: Reader) -> bool:
    """Whether the source has no mapping yet, or another one whose columns the file has, too."""
    stored = stored_mapping(source)
    if stored is None or stored == mapping:
        return stored is None
    try:
        stored.locate(first_rows(reader))
    except ReadProblem:
        return False
    return True


def upload_path(upload: UploadedSheet) -> Path:
    """Where the file lies. Raises `ReadProblem` when it was removed meanwhile."""
    path = Path(upload.file.path)
    if not path.is_file():
        raise ReadProblem("damaged")
    return path


def report(name: str, file: str, outcome: Outcome, run: ImportRun | None) -> ImportReport:
    """The report of a run, or of a dry one."""
    return ImportReport(
        source=name,
        file=file,
        is_dry_run=run is None,
        run_id=run.pk if run else None,
        read=outcome.read_qty,
        new=outcome.new_qty,
        changed=outcome.changed_qty,
        unchanged=outcome.unchanged_qty,
        rejected=outcome.rejected_qty,
        orders=outcome.order_qty,
        duplicates=outcome.duplicate_qty,
        blocked=outcome.blocked_qty,
        reasons=outcome.reasons,
        warnings=outcome.warnings,
        rejected_rows=outcome.rejected,
    )


def source_of_upload(upload: UploadedSheet) -> Source:
    """The source the upload will belong to: the one of its name, or an unsaved one.

    Raises `Invalid` when a connected sheet has that name.
    """
    return _source_named(upload.source_name)


def _source_named(name: str) -> Source:
    known = Source.objects.select_related("store").filter(name=name).first()
    if known is not None:
        refuse_sheet(known)
        return known
    return Source(name=name, kind=Source.Kind.FILE, store=Store.objects.order_by("pk").first())
