"""Locks that belong to nobody's tables: jobs of the worker, and advisory locks that outlive transactions.

The latter are for work that is committed piece by piece. Such a lock has a session of its own, in one transaction for
as long as it is held: so it holds behind a pooler, too, that gives each transaction another connection. A killed
process loses the session and with it the lock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar

import psycopg
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


_ours: ContextVar[frozenset[tuple[int, int]]] = ContextVar("locks_that_are_ours", default=frozenset())


@contextmanager
def alone(space: int, key: int, refusal: type[Conflict]) -> Iterator[None]:
    """Hold the lock (space, key) as the only one on all machines; raises `refusal` at once when another does.

    May be asked for again by who has it.
    """
    before = _ours.get()
    if (space, key) in before:
        yield
        return
    with _locked(space, key) as is_ours:
        if not is_ours:
            raise refusal
        token = _ours.set(before | {(space, key)})
        try:
            yield
        finally:
            _ours.reset(token)


@contextmanager
def _locked(space: int, key: int) -> Iterator[bool]:
    """Whether the lock could be had, by a session in one transaction that nobody ends for being idle."""
    with connection.wrap_database_errors:
        session = psycopg.connect(**connection.get_connection_params())
    try:
        with connection.wrap_database_errors:
            session.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            found = session.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [space, key]).fetchone()
        yield found == (True,)
    finally:
        with suppress(psycopg.Error):
            session.rollback()  # closing alone would free what it holds only a moment later
        session.close()


def held(space: int) -> set[int]:
    """The keys of the space that are locked now, on whatever machine."""
    with connection.cursor() as cursor:
        cursor.execute(HELD, [space])
        return {key for (key,) in cursor.fetchall()}
