"""The one lock of the start-up."""

from collections.abc import Iterator
from contextlib import contextmanager

MIGRATION_LOCK = 7_201_187


@contextmanager
def preparing() -> Iterator[None]:
    """Only one program prepares a database at a time; the others wait, however long it takes.

    The lock is the session's (PostgreSQL frees it when the program dies).
    """
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '0', false)")
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
