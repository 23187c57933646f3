"""The worker's queue: what waits for its turn, what failed for good, what its worker left undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import structlog
from django.db import IntegrityError, connection, transaction

from commanda.kernel.clock import now
from commanda.kernel.locks import lock_abandoned_jobs
from commanda.kernel.transaction import unit_of_work

log = structlog.get_logger("commanda.jobs")

# A live worker says every 5 s that it lives.
HEARTBEAT_S: Final = 5.0
SILENT_S: Final = 20.0
# A job whose worker died so often may be what kills it.
MOST_ATTEMPTS: Final = 5

# The last word on a job says since when it may be taken.
_WAITING: Final = """
SELECT count(*), extract(epoch FROM %(now)s - min(coalesce(job.scheduled_at, event.at)))
FROM procrastinate_jobs AS job
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM procrastinate_events WHERE job_id = job.id AND type IN ('deferred', 'scheduled')
) AS event ON true
WHERE job.status = 'todo' AND (job.scheduled_at IS NULL OR job.scheduled_at <= %(now)s)
"""
_FAILED: Final = """
SELECT job.task_name, count(*)
FROM procrastinate_jobs AS job
WHERE job.status = 'failed' AND EXISTS (
    SELECT 1 FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.type = 'failed' AND event.at > %s)
GROUP BY job.task_name
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Jobs that could be taken now: how many, and for how many seconds the oldest waits (0 when there is none)."""

    number: int
    oldest_s: float


def waiting_jobs() -> Waiting:
    """What waits for its turn; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"now": now()})
        number, age = cursor.fetchone()
    return Waiting(number, max(float(age or 0), 0.0))


def failed_since(since: datetime) -> dict[str, int]:
    """The name of the task → how many of its jobs failed for good after the instant; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FAILED, [since])
        return dict(cursor.fetchall())


def take_up_abandoned(left: Mapping[int, int] = MappingProxyType({})) -> int:
    """Give back to the queue every job whose worker died while doing it; returns how many.

    A worker counts as dead when it is silent for 20 s. `left` are jobs that a live one is done with, but which still
    say otherwise (id → how often begun before). A job that waits there already (the same queueing lock) is not queued
    twice. The fifth time it is noted as failed for good: it may be what kills the workers. Several workers may call
    this at once.
    """
    number = 0
    with unit_of_work():
        for job_id, task, attempts, has_twin in lock_abandoned_jobs(SILENT_S, left):
            log.warning("job_abandoned", job_id=job_id, task=task, attempts=attempts, has_twin=has_twin)
            try:
                with transaction.atomic():
                    _put_back(job_id, attempts, has_twin=has_twin)
            except IntegrityError:  # its twin came this moment; the next round sees it
                continue
            number += 1
    return number


def _put_back(job_id: int, attempts: int, *, has_twin: bool) -> None:
    with connection.cursor() as cursor:
        if has_twin:
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'aborted', true)", [job_id])
        elif attempts + 1 >= MOST_ATTEMPTS:
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'failed', false)", [job_id])
        else:
            cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job_id])
