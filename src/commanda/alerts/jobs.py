"""Ask the worker for mails: the jobs themselves are in `tasks`, which stands above the services."""

from collections.abc import Collection
from typing import Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

_TASKS: Final = "commanda.alerts.tasks"


def queue_urgent(user_ids: Collection[int]) -> None:
    """Ask for a mail at once to each of these people, in the caller's transaction."""
    for user_id in sorted(user_ids):
        _queue_once("mail_urgent", user_id)


def queue_digest(user_id: int) -> None:
    """Ask for the mail of the day to a person, in the caller's transaction."""
    _queue_once("mail_digest", user_id)


def _queue_once(name: str, user_id: int) -> None:
    """A job for the person that still waits will tell of everything: a second one is not needed."""
    job = app.configure_task(f"{_TASKS}.{name}", queueing_lock=f"alerts.{name}.{user_id}")
    try:
        with transaction.atomic():  # the refusal must not spoil the caller's transaction
            job.defer(user_id=user_id)
    except AlreadyEnqueued:
        return
