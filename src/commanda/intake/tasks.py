"""Jobs of the intake."""

from typing import Any

from procrastinate.contrib.django import app

from commanda.accounts.models import User
from commanda.intake.jobs import queue_reading, queue_write_back
from commanda.intake.mapping import Mapping
from commanda.intake.models import ImportRun
from commanda.intake.selectors import due_sources, sources_with_deliveries
from commanda.intake.services.hooks_take_in import drop_old_deliveries
from commanda.intake.services.import_file import import_upload
from commanda.intake.services.mend_many import run_mending
from commanda.intake.services.poll_source import poll_source
from commanda.intake.services.run_import import fail_queued
from commanda.intake.services.steer_run import note_interrupted, queue_again
from commanda.intake.services.uploads import drop_old_uploads
from commanda.intake.services.write_back import write_back
from commanda.intake.write_back_values import due_write_backs
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.errors import CommandaError


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="intake.poll_due_sources")
def poll_due_sources(timestamp: int) -> None:
    """Every minute: one job per source whose time has come, or whose deliveries wait; dead workers' runs are told."""
    note_interrupted()
    for source_id in [*due_sources().values_list("pk", flat=True), *sources_with_deliveries()]:
        queue_reading(source_id)


@app.task
def read_source(source_id: int, user_id: int | None = None) -> None:
    """Read one sheet, or take in what was sent to a source; `user_id` is the person who asked for it."""
    try:
        poll_source(actor=_actor(user_id), source_id=source_id, is_forced=user_id is not None)
    except CommandaError:
        return  # noted in the source's health, where the person looks


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="intake.write_back_due")
def write_back_due(timestamp: int) -> None:
    """Every minute: one job per sheet whose orders have changed."""
    for source_id in due_write_backs():
        queue_write_back(source_id)


@app.task
def write_back_source(source_id: int) -> None:
    """Write back to one sheet; what fails is noted beside its settings."""
    write_back(actor=system_actor("write_back"), source_id=source_id)


@app.task
def take_in_upload(upload_id: str, run_id: int, user_id: int | None, mapping: dict[str, Any] | None) -> None:
    """Import a large upload; goes on with one that was killed half-way."""
    run = ImportRun.objects.select_related("source").get(pk=run_id)
    queue_again(run)
    try:
        import_upload(
            actor=_actor(user_id),
            upload_id=upload_id,
            mapping=Mapping.from_json(mapping) if mapping else None,
            run=run,
        )
    except CommandaError as error:
        fail_queued(run, error)


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="intake.sweep_uploads")
def sweep_uploads(timestamp: int) -> None:
    """Every hour: files that nobody imported go, and deliveries that were taken in long ago."""
    drop_old_uploads()
    drop_old_deliveries()


@app.task
def mend_rows_of_inbox(mending_id: int, user_id: int | None) -> None:
    """What a person asked for on more rows of the inbox than a page waits for."""
    run_mending(actor=_actor(user_id), mending_id=mending_id)


def _actor(user_id: int | None) -> Actor:
    if user_id is None:
        return system_actor("import")
    user = User.objects.select_related("role").filter(pk=user_id).first()
    return user.as_actor(source="import") if user else system_actor("import")
