"""Read a connected sheet when its time has come; take in what waits of a source that is sent to."""

from commanda.intake.models import ImportRun, Source
from commanda.intake.readers.base import Reader
from commanda.intake.readers.sheets_api import SheetsApiReader
from commanda.intake.services.connect import open_reader
from commanda.intake.services.health import note_failure, note_success
from commanda.intake.services.hooks_take_in import take_in_deliveries
from commanda.intake.services.run_import import execute
from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError, NotFound


def poll_source(*, actor: Actor, source_id: int, is_forced: bool = False) -> ImportRun | None:
    """Read a sheet and take in what is new; None when there was nothing to read.

    First a cheap question whether the sheet has changed at all, then the values. A failure is noted in the source's
    health with what to do, and the next reading waits longer each time; it is raised only when a person asked for the
    reading (`is_forced`). While another run of the source is under way nothing happens: that one reads the rows.
    """
    source = Source.objects.filter(pk=source_id).first()
    if source is not None and source.kind == Source.Kind.HOOK:
        return take_in_deliveries(actor=actor, source_id=source_id)
    if source is None or not source.is_sheet or not (source.is_active or is_forced):
        if is_forced:
            raise NotFound
        return None
    try:
        return _poll(actor, source, is_forced=is_forced)
    except CommandaError:
        if is_forced:
            raise
        return None


def _poll(actor: Actor, source: Source, *, is_forced: bool) -> ImportRun | None:
    try:
        reader = open_reader(source)
        version = _version(reader)
    except CommandaError as error:
        note_failure(source, error)
        raise
    if version and version == source.last_version and not source.error_code and not is_forced:
        note_success(source, version)
        return None
    # The version was asked for before the rows: a change in between is seen the next time.
    run, _outcome = execute(
        actor=actor,
        source_id=source.pk,
        reader=reader,
        trigger=ImportRun.Trigger.MANUAL if is_forced else ImportRun.Trigger.POLL,
        file_name=str(source.options.get("title", "")),
        version=version,
    )
    return run if run.pk else None


def _version(reader: Reader) -> str:
    """When the sheet last changed; "" where only reading it tells."""
    return reader.modified_time() if isinstance(reader, SheetsApiReader) else ""
