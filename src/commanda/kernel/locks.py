"""Advisory locks that outlive transactions: for work that is committed piece by piece.

The lock belongs to the database session: a killed process loses its session and with it the lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from commanda.kernel.errors import Conflict

# Advisory locks of two numbers stand there as (classid, objid) with objsubid 2.
HELD = """
SELECT objid::int FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = %s
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


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
