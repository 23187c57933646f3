"""Locks that belong to nobody's tables: jobs of the worker, and advisory locks that outlive transactions.

The latter are for work that is committed piece by piece. Such a lock belongs to the database session: a killed process
loses its session and with it the lock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import connection

from commanda.kernel.errors import Conflict

# Advisory locks of two numbers stand there as (classid, objid) with objsubid 2.
HELD = """
SELECT objid::int FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %s
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

ABANDONED = """
SELECT job.id, job.task_name, job.attempts, EXISTS (
    SELECT FROM procrastinate_jobs AS twin WHERE twin.queueing_lock = job.queueing_lock AND twin.status = 'todo')
FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
WHERE job.status = 'doing' AND (
    worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s)
    OR (job.id, job.attempts) IN (SELECT * FROM unnest(%s::bigint[], %s::int[])))
ORDER BY job.id FOR UPDATE OF job SKIP LOCKED
"""


def lock_abandoned_jobs(silent_s: float, left: Mapping[int, int]) -> list[tuple[int, str, int, bool]]:
    """Lock jobs that say "doing" although their worker is gone or silent for so long, and those named in `left`.

    `left`: the id of a job → how often it had been begun before. Of each: its id, the name of its task, how often it
    was begun before, whether a twin (the same queueing lock) waits.
    """
    with connection.cursor() as cursor:
        cursor.execute(ABANDONED, [silent_s, list(left), list(left.values())])
        return list(cursor.fetchall())


@contextmanager
def alone(space: int, key: int, refusal: type[Conflict]) -> Iterator[None]:
    """Hold the lock (space, key) as the only one on all machines; raises `refusal` at once when another does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, key])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise refusal
    try:
        yield
    finally:
        if connection.connection is not None and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, key])
        else:
            connection.close()  # what ends the session frees the lock, whatever state it is in


def held(space: int) -> set[int]:
    """The keys of the space that are locked now, on whatever machine."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [space])
        return {key for (key,) in cursor.fetchall()}
