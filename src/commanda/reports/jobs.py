"""Ask the worker to send: the jobs themselves are in `tasks`, which stands above the services."""

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def queue_sending(sending_id: int) -> None:
    """One job for a sending; none when one is waiting already."""
    job = app.configure_task("commanda.reports.tasks.send_report", queueing_lock=f"reports.send.{sending_id}")
    try:
        with transaction.atomic():  # the refusal must not spoil the caller's transaction
            job.defer(sending_id=sending_id)
    except AlreadyEnqueued:
        return
