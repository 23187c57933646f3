"""Read a source once and take its rows in."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from itertools import islice
from typing import Final

import structlog

from commanda.accounts.permissions import Perm
from commanda.confirmation.services.assign import distribute
from commanda.intake.batch import ALONE, Batch, Sighting
from commanda.intake.drafting import load_context
from commanda.intake.failures import INTERRUPTED, remembered
from commanda.intake.former_rows import FormerRows, load_former_rows
from commanda.intake.known_rows import Look, known_rows
from commanda.intake.locks import only_import_of
from commanda.intake.mapping import Mapping
from commanda.intake.models import ImportRun, Source, StagedRow
from commanda.intake.readers.base import Reader, SourceUnavailable
from commanda.intake.rows import cleaning_context
from commanda.intake.services.health import note_failure, note_success
from commanda.intake.services.known_file import Taken, content_name, find_taken, rows_again
from commanda.intake.services.outcome import COUNTS, Outcome
from commanda.intake.services.prepare_rows import Preparing, plan_rows
from commanda.intake.services.read_source import read_batch, stored_mapping
from commanda.intake.services.write_rows import Writer
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.copies import in_copies
from commanda.kernel.errors import Busy, CommandaError, NotFound
from commanda.kernel.transaction import is_database_away

CHUNK: Final = 2_000
COPIES: Final = 2

log = structlog.get_logger(__name__)


def run_import(
    *,
    actor: Actor,
    source_id: int,
    reader: Reader,
    trigger: str,
    file_name: str = "",
    mapping: Mapping | None = None,
) -> ImportRun:
    """Read a source and take its new and changed rows in; see `execute`."""
    run, _outcome = execute(
        actor=actor, source_id=source_id, reader=reader, trigger=trigger, file_name=file_name, mapping=mapping
    )
    return run


def execute(
    *,
    actor: Actor,
    source_id: int,
    reader: Reader,
    trigger: str,
    file_name: str = "",
    mapping: Mapping | None = None,
    version: str = "",
    run: ImportRun | None = None,
) -> tuple[ImportRun, Outcome]:
    """Read a source and take its rows in, chunk by chunk: orders and staged rows of a chunk in one transaction.

    Every row ends new, changed, unchanged or rejected, never lost; a row that was taken in is not taken in again,
    even after a kill in the middle: the next run goes on where this one stopped. `version` is what the source is known
    by while it says the same; a file that was taken in last is not read again then. Raises `AlreadyRunning` when the
    source is being read by somebody else, and what `read_batch` raises; the run then tells why it failed. `run` is
    one that was made for this; cancelled meanwhile it ends before the next chunk, or does not begin.
    """
    actor.require(Perm.INTAKE_MANAGE)
    worker = as_importer(actor)
    with only_import_of(source_id):
        source = Source.objects.select_related("store").filter(pk=source_id).first()
        if source is None:
            raise NotFound
        run, outcome = run or ImportRun(source=source, started_by_id=actor.user_id), Outcome()
        if not _begin(run, trigger, file_name):
            return run, outcome
        try:
            taken = find_taken(source, version, mapping or stored_mapping(source))
            if taken is not None:
                is_complete = _write_again(worker, source, run, taken, outcome)
            else:
                batch = read_batch(source, reader, mapping, may_fork=True)
                _keep_mapping(source, batch, mapping)
                _keep_content(source, run, version, batch)
                is_complete = _write(worker, source, run, batch, outcome)
        except Exception as error:
            _fail(run, source, outcome, error)
            raise
        _finish(run, outcome, is_complete=is_complete)
        if is_complete:
            note_success(source, run.content or version)
    if outcome.order_qty:
        _give_out(worker)
    return run, outcome


def dry_run(*, actor: Actor, source: Source, reader: Reader, mapping: Mapping | None = None) -> tuple[Batch, Outcome]:
    """What `execute` would do now; writes nothing, not even order numbers are used up. `source` may be unsaved."""
    actor.require(Perm.INTAKE_MANAGE)
    batch = read_batch(source, reader, mapping)
    outcome = Outcome(read_qty=batch.row_qty)
    context = load_context(source)
    cleaning = cleaning_context(batch.mapping, context)
    for chunk in _chunks(batch.sightings()):
        plan_rows(batch, known_rows(source, chunk), context, cleaning, outcome)
    return batch, outcome


def fail_queued(run: ImportRun, error: Exception) -> None:
    """A queued run that never began tells why."""
    if ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.QUEUED).exists():
        run.error_code, run.error_params = remembered(error)
        run.status, run.finished_at = ImportRun.Status.FAILED, now()
        run.save(update_fields=["error_code", "error_params", "status", "finished_at"])


def as_importer(actor: Actor) -> Actor:
    """The same person with the importer's rights: who may run an import may create and change its orders."""
    return Actor(
        user_id=actor.user_id,
        name=actor.name,
        role_slug=actor.role_slug,
        permissions=actor.permissions,
        source="import",
        request_id=actor.request_id,
        is_system=True,
    )


def _begin(run: ImportRun, trigger: str, file_name: str) -> bool:
    """Whether the run is under way now; a queued one may have been cancelled."""
    # We hold the source's lock: a run that still says "running" belongs to a process that was killed.
    ImportRun.objects.filter(source=run.source, status=ImportRun.Status.RUNNING).update(
        status=ImportRun.Status.FAILED, finished_at=now(), error_code=INTERRUPTED
    )
    was_queued = run.pk is not None
    run.trigger, run.file_name = trigger, file_name[:200]
    run.status, run.started_at = ImportRun.Status.RUNNING, now()
    if not was_queued:
        run.save(force_insert=True)
        return True
    waiting = ImportRun.objects.filter(pk=run.pk, status=ImportRun.Status.QUEUED)
    fields = {name: getattr(run, name) for name in ("trigger", "file_name", "status", "started_at")}
    # One that goes on after a kill counts its rows anew: those taken in before are unchanged now.
    fields |= dict.fromkeys(COUNTS, 0)
    if waiting.update(**fields):
        run.refresh_from_db(fields=COUNTS)
        return True
    run.refresh_from_db()
    return False


def _keep_mapping(source: Source, batch: Batch, given: Mapping | None) -> None:
    """Remember the first mapping that worked: from now on columns are found by name."""
    if source.mapping is None and given is None:
        source.mapping = batch.mapping.to_json()
        source.save(update_fields=["mapping"])


def _keep_content(source: Source, run: ImportRun, version: str, batch: Batch) -> None:
    """Tell by the run what it reads of a file; the source no longer is what was read last."""
    if source.kind == Source.Kind.FILE:
        run.content = content_name(version, batch.mapping) if version else ""
        source.last_version = ""
        source.save(update_fields=["last_version"])


def _write_again(worker: Actor, source: Source, run: ImportRun, taken: Taken, outcome: Outcome) -> bool:
    """Look again at what waits of a file that was taken in; False when somebody asked to stop before its end."""
    run.content = taken.run.content
    _note_read(run, outcome, taken.run.read_qty)
    context = load_context(source)
    writer = Writer(worker, source, run, context, cleaning_context(taken.mapping, context))
    for prepared in rows_again(source, taken.run, CHUNK):
        if _is_cancelled(run):
            return False
        outcome.add(writer.write(prepared))
    return True


def _note_read(run: ImportRun, outcome: Outcome, row_qty: int) -> None:
    run.read_qty = outcome.read_qty = row_qty
    run.save(update_fields=["read_qty", "content"])


def _write(worker: Actor, source: Source, run: ImportRun, batch: Batch, outcome: Outcome) -> bool:
    """Take the batch in; False when somebody asked to stop before its end."""
    _note_read(run, outcome, batch.row_qty)
    context = load_context(source)
    former = load_former_rows(source, batch)
    cleaning = cleaning_context(batch.mapping, context)
    preparing = Preparing(batch, context, cleaning, former)
    writer = Writer(worker, source, run, context, cleaning)

    def take_in(looks: Iterable[Look]) -> Generator[Outcome, None, None]:
        for look in looks:
            if _is_cancelled(run):
                return
            yield writer.write(preparing.prepare(look))

    def take_share(share: int) -> Iterator[Outcome]:
        return take_in(known_rows(source, chunk) for chunk in _chunks(batch.sightings(share, COPIES)))

    looks = _looks(source, batch, former)
    with closing(in_copies(take_share, COPIES) if looks is None else take_in(looks)) as outcomes:
        for each in outcomes:
            outcome.add(each)
    if outcome.done_qty < outcome.read_qty and _is_cancelled(run):
        return False
    if source.is_sheet and _note_gone(source, batch):
        outcome.wrote = True
    return True


def _looks(source: Source, batch: Batch, former: FormerRows) -> list[Look] | None:
    """The batch compared with what is known, in parts of a chunk of unsettled rows; None when copies shall do that, and
    take in what is new.

    Nobody else can make keys of ours known meanwhile: the source is ours, and no key is in two chunks.
    """
    settled_qty, unsettled = 0, []
    for chunk in _chunks(batch.sightings()):
        look = known_rows(source, chunk)
        settled_qty += look.settled_qty
        unsettled += look.unsettled
        # A former row is given to one new row only, so the copies would have to ask each other.
        if len(unsettled) > ALONE and not former:
            return None
    parts = [unsettled[at : at + CHUNK] for at in range(0, len(unsettled), CHUNK)] or [[]]
    return [Look(0 if at else settled_qty, part) for at, part in enumerate(parts)]


def _is_cancelled(run: ImportRun) -> bool:
    return ImportRun.objects.filter(pk=run.pk, cancel_requested_at__isnull=False).exists()


def _note_gone(source: Source, batch: Batch) -> int:
    """Waiting rows that are no longer in the sheet need no mending: deleted, or mended there into another row.

    A file, or what a web hook sent, is one of many and says nothing about the rows of the others.
    """
    waiting = StagedRow.objects.filter(source=source, status=StagedRow.Status.REJECTED).values_list("pk", "key")
    gone = [pk for pk, key in waiting if key not in batch]
    return StagedRow.objects.filter(pk__in=gone, status=StagedRow.Status.REJECTED).update(
        status=StagedRow.Status.GONE, updated_at=now()
    )


def _chunks(sightings: Iterator[Sighting]) -> Iterator[list[Sighting]]:
    while chunk := list(islice(sightings, CHUNK)):
        yield chunk


def _finish(run: ImportRun, outcome: Outcome, *, is_complete: bool) -> None:
    if is_complete and run.trigger == ImportRun.Trigger.POLL and not outcome.wrote:
        # A sheet read every minute would leave 1,440 runs a day that say "nothing".
        run.delete()
        return
    run.status = ImportRun.Status.DONE if is_complete else ImportRun.Status.CANCELLED
    run.finished_at = now()
    run.save(update_fields=["status", "finished_at"])
    run.refresh_from_db(fields=COUNTS)


def _fail(run: ImportRun, source: Source, outcome: Outcome, error: Exception) -> None:
    if is_database_away(error):
        return  # nothing can be noted now; the run will be found interrupted, like that of a killed process
    note_failure(source, error)
    if run.trigger == ImportRun.Trigger.POLL and isinstance(error, SourceUnavailable) and not outcome.wrote:
        run.delete()  # the source's health tells it; a night without network is no list of a hundred runs
        return
    run.error_code, run.error_params = remembered(error)
    run.status, run.finished_at = ImportRun.Status.FAILED, now()
    run.save(update_fields=["error_code", "error_params", "status", "finished_at"])
    if not isinstance(error, CommandaError):
        log.error("import_failed", source_id=source.pk, run_id=run.pk, exc_info=error)


def _give_out(worker: Actor) -> None:
    """Agents get the new orders at once; when somebody holds them now, the next minute's round does it."""
    try:
        distribute(actor=worker, says_why=False)
    except Busy:
        log.info("import_not_distributed")
