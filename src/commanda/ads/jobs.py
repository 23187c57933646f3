"""Ask the worker for a reading: the job itself is in `tasks`, which stands above the services."""

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def queue_run(account_id: int, user_id: int | None = None) -> bool:
    """Ask the worker to read an account; False when that is waiting to be done already."""
    job = app.configure_task("commanda.ads.tasks.read_account", queueing_lock=f"ads.read_account.{account_id}")
    try:
        with transaction.atomic():  # the refusal must not spoil the caller's transaction
            job.defer(account_id=account_id, user_id=user_id)
    except AlreadyEnqueued:
        return False
    return True
