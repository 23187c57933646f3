"""How a source is doing, written after each reading."""

from datetime import timedelta
from typing import Final

from commanda.intake.failures import remembered
from commanda.intake.models import Source
from commanda.intake.readers.base import SourceUnavailable
from commanda.kernel.clock import now
from commanda.kernel.waits import backoff

LONGEST_WAIT: Final = timedelta(hours=1)


def note_success(source: Source, version: str = "") -> None:
    """A reading worked: forget errors, plan the next one."""
    source.last_run_at = source.last_success_at = now()
    source.error_code, source.error_params, source.failures_qty = "", {}, 0
    if version:
        source.last_version = version
    source.next_run_at = now() + timedelta(seconds=source.poll_seconds) if source.is_polled else None
    _save(source)


def note_failure(source: Source, error: Exception) -> None:
    """A reading failed: say why, and wait twice as long as the last time, up to an hour.

    A file that cannot be read says nothing about the next file. What is sent to us is not read by any plan.
    """
    source.last_run_at = now()
    if source.kind != Source.Kind.FILE:
        source.error_code, source.error_params = remembered(error)
        source.failures_qty = min(source.failures_qty + 1, 1000)
        asked = timedelta(seconds=error.retry_after if isinstance(error, SourceUnavailable) else 0)
        wait = backoff(timedelta(seconds=2 * source.poll_seconds), source.failures_qty, longest=LONGEST_WAIT)
        source.next_run_at = now() + max(wait, asked) if source.is_polled else None
    _save(source)


def _save(source: Source) -> None:
    source.save(
        update_fields=[
            "last_run_at",
            "last_success_at",
            "last_version",
            "error_code",
            "error_params",
            "failures_qty",
            "next_run_at",
        ]
    )
