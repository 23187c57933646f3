"""How a source is doing, from what was written down about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from commanda.intake.failures import explain
from commanda.intake.models import ImportRun, Source
from commanda.intake.readers.base import QUOTA_CODE, SourceUnavailable
from commanda.kernel.clock import now

# A polled source that has not succeeded for so many of its periods is late.
LATE_AFTER_PERIODS: Final = 10
# A run that says it is under way longer than this was killed; the next one tells.
LONGEST_RUN: Final = timedelta(hours=1)
# Troubles that pass by themselves.
_PASSING: Final = frozenset({QUOTA_CODE, SourceUnavailable.code})


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source as the list of sources shows it.

    `delivery_qty` counts what was sent and waits to be taken in; `sent_at` is when the first part of the last run was
    sent to us.
    """

    source: Source
    waiting_qty: int
    last_run: ImportRun | None
    delivery_qty: int = 0
    sent_at: datetime | None = None

    @property
    def error(self) -> str:
        """What went wrong with the last reading, and what to do."""
        if self.source.error_code == QUOTA_CODE and (until := self.waits_until):
            at = timezone.localtime(until).strftime("%H:%M")
            return _("Google asks us to wait until %(time)s. Nothing is lost: the sheet is read again then.") % {
                "time": at
            }
        return explain(self.source.error_code, self.source.error_params)

    @property
    def waits_until(self) -> datetime | None:
        """When a source that failed is tried again; None when that is now, or never by itself."""
        until = self.source.next_run_at
        return until if self.source.error_code and until is not None and until > now() else None

    @property
    def passes(self) -> bool:
        """Whether what went wrong needs nobody: it is tried again and will work."""
        return self.source.error_code in _PASSING

    @property
    def state(self) -> str:
        """`running`, `unfinished` (no mapping yet), `paused`, `error`, `waiting` (an outage or a quota that passes),
        `late`, `new` (never read) or `ok`."""
        source = self.source
        if self.last_run is not None and self.last_run.is_open and now() - self.last_run.started_at < LONGEST_RUN:
            return "running"
        if source.mapping is None and (source.is_sheet or self.delivery_qty):
            return "unfinished"
        if not source.is_active:
            return "paused"
        if source.error_code:
            return "waiting" if self.passes else "error"
        if source.last_success_at is None:
            return "new"
        return "late" if self._is_late else "ok"

    @property
    def lag(self) -> timedelta | None:
        """The age of the newest success; None where nothing is due by any plan."""
        if not self.source.is_polled or self.source.last_success_at is None:
            return None
        return now() - self.source.last_success_at

    @property
    def lag_periods(self) -> int:
        """The lag in whole periods of the source: 0 or 1 is as it should be."""
        return int(self.lag.total_seconds() // max(self.source.poll_seconds, 1)) if self.lag is not None else 0

    @property
    def row_to_order(self) -> timedelta | None:
        """How long the rows of the last run took from the sheet, or from their sender, to the order; None if unknown.

        A sheet tells only when it last changed: that is the moment of the row as long as the run came after it.
        """
        run = self.last_run
        if run is None or run.finished_at is None or not run.order_qty:
            return None
        since = self.sent_at
        if since is None and self.source.kind == Source.Kind.SHEET_API:
            since = _instant(self.source.last_version)
        return run.finished_at - since if since is not None and since <= run.started_at else None

    @property
    def _is_late(self) -> bool:
        lag = self.lag
        return lag is not None and lag > timedelta(seconds=self.source.poll_seconds * LATE_AFTER_PERIODS)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import under way has come. `per_second` and `remaining` are None before that can be told."""

    done_qty: int
    total_qty: int
    per_second: int | None
    remaining: timedelta | None
    is_stopping: bool


def progress_of(run: ImportRun) -> Progress:
    """The progress of a run, from the rows committed since its start."""
    seconds = (now() - run.started_at).total_seconds()
    is_moving = run.status == ImportRun.Status.RUNNING and run.done_qty > 0 and seconds > 0
    pace = run.done_qty / seconds if is_moving else 0
    rest = max(run.read_qty - run.done_qty, 0)
    return Progress(
        done_qty=run.done_qty,
        total_qty=run.read_qty,
        per_second=round(pace) if is_moving else None,
        remaining=timedelta(seconds=round(rest / pace)) if pace else None,
        is_stopping=run.cancel_requested_at is not None,
    )


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
