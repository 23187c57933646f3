"""What keeps kept sums from being counted by two at once."""

from django.db import connection


def hold_sums() -> None:
    """Be the only one who adds to kept sums, until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('insights.keep'))")


def hold_changes() -> None:
    """Wait for every transaction under way that changed what is counted, and let no other begin to."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE insights_rowchange IN EXCLUSIVE MODE")
