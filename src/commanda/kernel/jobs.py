"""How the worker's queue is doing: what waits for its turn, what failed for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from commanda.kernel.clock import now

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
