"""Imports and deliveries as their tables show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from commanda.intake.failures import explain
from commanda.intake.models import HookDelivery, ImportRun, Source
from commanda.intake.source_health import Progress, progress_of

ENDED_EARLY: Final = frozenset({ImportRun.Status.FAILED, ImportRun.Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class RunRow:
    """An import, with its progress while it is under way and with why it failed."""

    run: ImportRun
    progress: Progress | None
    error: str
    may_cancel: bool
    took: timedelta | None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """Something that was sent, with why it failed."""

    delivery: HookDelivery
    error: str


def run_rows(runs: Iterable[ImportRun]) -> list[RunRow]:
    """The rows of a table of imports."""
    return [
        RunRow(
            run=run,
            progress=progress_of(run) if run.is_open else None,
            error=explain(run.error_code, run.error_params),
            may_cancel=may_cancel(run),
            took=run.finished_at - run.started_at if run.finished_at else None,
        )
        for run in runs
    ]


def delivery_rows(deliveries: Iterable[HookDelivery]) -> list[DeliveryRow]:
    """The rows of a table of deliveries."""
    return [DeliveryRow(each, explain(each.error_code, each.error_params)) for each in deliveries]


def may_cancel(run: ImportRun) -> bool:
    """What was sent to us is taken in sooner or later: its source may be paused, its run not be cancelled."""
    return run.is_open and run.cancel_requested_at is None and run.trigger != ImportRun.Trigger.HOOK


def may_resume(run: ImportRun) -> bool:
    """Whether the rest of the rows can still be had: from the kept file, or from the sheet itself."""
    has_rows = run.upload_id is not None or run.source.kind != Source.Kind.FILE
    return run.status in ENDED_EARLY and has_rows
