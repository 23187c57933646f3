"""Stop an import that is under way, let one go on that ended early, and tell the ones that were killed."""

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.intake.failures import INTERRUPTED
from commanda.intake.jobs import queue_reading, queue_run
from commanda.intake.locks import sources_being_read
from commanda.intake.models import ImportRun, Source
from commanda.intake.selectors import get_run
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict
from commanda.kernel.transaction import unit_of_work

Status = ImportRun.Status
OPEN = (Status.QUEUED, Status.RUNNING)


def cancel_run(*, actor: Actor, run_id: int) -> ImportRun:
    """Stop a run: at once while it waits for the worker, after the chunk under way while it runs.

    What was taken in stays; `resume_run` takes in the rest. Asking twice changes nothing. Raises `NotFound`, and
    `Conflict` `run_over` for a run that has ended (or whose worker has died).
    """
    actor.require(Perm.INTAKE_MANAGE)
    note_interrupted(get_run(actor, run_id).source_id)
    with unit_of_work():
        at = now()
        runs = ImportRun.objects.filter(pk=run_id)
        asked = runs.filter(status=Status.QUEUED).update(
            status=Status.CANCELLED, cancel_requested_at=at, finished_at=at
        ) or runs.filter(status=Status.RUNNING, cancel_requested_at=None).update(cancel_requested_at=at)
        run = get_run(actor, run_id)
        if asked:
            record(actor=actor, name="import.cancelled", subject="import_run", subject_id=run_id)
        elif run.status not in {Status.RUNNING, Status.CANCELLED}:
            raise Conflict(_("This import is over already: there is nothing to cancel."), code="run_over")
    return run


def resume_run(*, actor: Actor, run_id: int) -> ImportRun | None:
    """Let a cancelled, failed or interrupted run go on: a new run of the same file and mapping waits for the worker.

    Rows that were taken in already are unchanged then. Of a sheet (or a web hook) the worker is asked for a new
    reading, and there is no run yet (None). Raises `NotFound`; `Conflict` `run_open` while it is under way, `run_done`
    when all of it was taken in, `upload_gone` when the file is no longer kept.
    """
    actor.require(Perm.INTAKE_MANAGE)
    note_interrupted(get_run(actor, run_id).source_id)
    run = get_run(actor, run_id)
    if run.is_open or (run.upload_id and ImportRun.objects.filter(upload=run.upload_id, status__in=OPEN).exists()):
        raise Conflict(_("This import is still under way. Wait until it is done, or cancel it."), code="run_open")
    if run.status == Status.DONE:
        raise Conflict(_("This import is done: all of its rows were taken in."), code="run_done")
    with unit_of_work():
        record(actor=actor, name="import.resumed", subject="import_run", subject_id=run_id)
        if run.source.kind != Source.Kind.FILE:
            queue_reading(run.source_id, actor.user_id)
            return None
        if run.upload_id is None:
            raise Conflict(
                _("The file is no longer here. Upload it again: rows that were taken in already stay as they are."),
                code="upload_gone",
            )
        resumed = ImportRun.objects.create(
            source=run.source,
            trigger=run.trigger,
            status=Status.QUEUED,
            file_name=run.file_name,
            upload_id=run.upload_id,
            mapping=run.mapping,
            started_by_id=actor.user_id,
            started_at=now(),
        )
        queue_run(resumed)
    return resumed


def queue_again(run: ImportRun) -> None:
    """Let the run of a job that is taken up again, because its worker was killed, begin anew; another run stays.

    Not when a person has let the same file go on meanwhile.
    """
    note_interrupted(run.source_id)
    if ImportRun.objects.filter(upload=run.upload_id, status__in=OPEN).exclude(pk=run.pk).exists():
        return
    ImportRun.objects.filter(pk=run.pk, status=Status.FAILED, error_code=INTERRUPTED).update(
        status=Status.QUEUED, finished_at=None, error_code="", error_params={}
    )


def note_interrupted(source_id: int | None = None) -> int:
    """Runs that say they are under way although nobody reads their source were killed; returns how many.

    The rows are looked at before the locks: a run begins only after its lock was taken, so what ran then without a
    lock now has no process any more.
    """
    running = ImportRun.objects.filter(status=Status.RUNNING)
    if source_id is not None:
        running = running.filter(source_id=source_id)
    found = list(running.values_list("pk", "source_id"))
    alive = sources_being_read() if found else set()
    dead = [pk for pk, source in found if source not in alive]
    return ImportRun.objects.filter(pk__in=dead, status=Status.RUNNING).update(
        status=Status.FAILED, finished_at=now(), error_code=INTERRUPTED
    )
