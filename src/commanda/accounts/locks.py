"""Locks of the accounts."""

from django.db import connection

FIRST_RUN_LOCK = 7_201_301


def lock_first_run() -> None:
    """Make setting up the first account wait for another one doing the same, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_RUN_LOCK])
