"""How the write-back of a source goes, written after each run."""

from datetime import datetime, timedelta
from typing import Any, Final

from commanda.intake.failures import remembered
from commanda.intake.locks import lock_source
from commanda.intake.readers.base import SourceUnavailable
from commanda.intake.write_back_state import OPTION, WriteBack
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work
from commanda.kernel.waits import backoff

FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
_KEEP: Final = object()


def save_state(source_id: int, *, written_back_at: Any = _KEEP, **changes: Any) -> WriteBack | None:
    """Change some of what is kept about the write-back, under the source's lock; None when the source is gone."""
    with unit_of_work():
        source = lock_source(source_id)
        if source is None:
            return None
        state = WriteBack.of(source)
        state = WriteBack(**(state.to_json() | changes))
        source.options = source.options | {OPTION: state.to_json()}
        if written_back_at is not _KEEP:
            source.written_back_at = written_back_at
        source.save(update_fields=["options", "written_back_at"])
    return state


def note_written(source_id: int, *, started_at: datetime, row_qty: int, missing_qty: int, is_complete: bool) -> None:
    """A run worked. An incomplete one goes on at the next minute: the sheet itself tells what is left.

    When more orders than before have no row there, the reading may have been cut short: it is looked at once more.
    """
    with unit_of_work():
        source = lock_source(source_id)
        if source is None:
            return
        state = WriteBack.of(source)
        changes: dict[str, Any] = {"error_code": "", "error_params": {}, "failures_qty": 0, "next_at": ""}
        if row_qty:
            changes |= {"written_at": now().isoformat(), "written_qty": row_qty}
        until: Any = _KEEP
        if is_complete:
            changes |= {"compared_at": started_at.isoformat(), "missing_qty": missing_qty}
            until = started_at if missing_qty <= state.missing_qty else _KEEP
        save_state(source_id, written_back_at=until, **changes)


def note_failure(source_id: int, error: Exception) -> None:
    """A run failed: say why, and wait twice as long as the last time, up to an hour."""
    with unit_of_work():
        source = lock_source(source_id)
        if source is None:
            return
        failures = min(WriteBack.of(source).failures_qty + 1, 1000)
        asked = timedelta(seconds=error.retry_after if isinstance(error, SourceUnavailable) else 0)
        wait = max(backoff(FIRST_WAIT, failures, longest=LONGEST_WAIT), asked)
        code, params = remembered(error)
        save_state(
            source_id,
            error_code=code,
            error_params=params,
            failures_qty=failures,
            next_at=(now() + wait).isoformat(),
        )
