"""Ask the worker for a reading: the jobs themselves are in `tasks`, which stands above the services."""

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from commanda.intake.models import ImportRun

_TASKS = "commanda.intake.tasks"


def queue_run(run: ImportRun) -> None:
    """Ask the worker to take in the upload of a queued run, in the caller's transaction."""
    app.configure_task(f"{_TASKS}.take_in_upload").defer(
        upload_id=str(run.upload_id), run_id=run.pk, user_id=run.started_by_id, mapping=run.mapping
    )


def queue_reading(source_id: int, user_id: int | None = None) -> bool:
    """Ask the worker to read a source; False when that is waiting to be done already."""
    return _queue_once("read_source", source_id, user_id=user_id)


def queue_write_back(source_id: int) -> bool:
    """Ask the worker to write back to a source's sheet; False when that is waiting to be done already."""
    return _queue_once("write_back_source", source_id)


def _queue_once(name: str, source_id: int, **arguments: int | None) -> bool:
    job = app.configure_task(f"{_TASKS}.{name}", queueing_lock=f"intake.{name}.{source_id}")
    try:
        with transaction.atomic():  # the refusal must not spoil the caller's transaction
            job.defer(source_id=source_id, **arguments)
    except AlreadyEnqueued:
        return False
    return True
