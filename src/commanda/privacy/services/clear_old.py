"""What goes by itself after its time. Each part is cleared in pieces, each its own transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection

from commanda.kernel.clock import now
from commanda.privacy.services.erase_statements import EMPTIED

_AT_ONCE: Final = 2_000
# What is cleared → (days it is kept, the statement). Parameters: `before`, `limit`. `days` are settings, in one place.
CLEARED: Final[dict[str, tuple[Callable[[], int], str]]] = {
    # Only what the sheet said goes.
    "cells of imported rows": (
        lambda: settings.KEEP_DAYS["staged_rows"],
        f"""
        UPDATE intake_stagedrow SET {EMPTIED}
        WHERE id IN (
            SELECT row.id FROM intake_stagedrow AS row JOIN orders_order AS o ON o.id = row.order_id
            WHERE row.updated_at < %(before)s AND row.status <> 'erased' AND NOT row.needs_look
                AND o.stage IN ('delivered', 'returned', 'cancelled') AND o.updated_at < %(before)s
            ORDER BY row.id LIMIT %(limit)s)
        """,  # noqa: S608 - a constant
    ),
    "rows set aside or gone": (
        lambda: settings.KEEP_DAYS["staged_rows"],
        f"""
        UPDATE intake_stagedrow SET {EMPTIED}
        WHERE id IN (
            SELECT id FROM intake_stagedrow
            WHERE status IN ('ignored', 'gone') AND updated_at < %(before)s ORDER BY id LIMIT %(limit)s)
        """,  # noqa: S608 - a constant
    ),
    "work of the inbox": (
        lambda: settings.KEEP_DAYS["bulk_work"],
        """
        DELETE FROM intake_mending WHERE id IN (
            SELECT id FROM intake_mending WHERE finished_at < %(before)s ORDER BY id LIMIT %(limit)s)
        """,
    ),
    "bulk actions": (
        lambda: settings.KEEP_DAYS["bulk_work"],
        """
        DELETE FROM orders_bulkrun WHERE id IN (
            SELECT id FROM orders_bulkrun WHERE finished_at < %(before)s ORDER BY id LIMIT %(limit)s)
        """,
    ),
    "access log": (
        lambda: settings.KEEP_DAYS["access_log"],
        """
        DELETE FROM privacy_access WHERE id IN (
            SELECT id FROM privacy_access WHERE at < %(before)s ORDER BY id LIMIT %(limit)s)
        """,
    ),
    "sessions": (
        lambda: 0,
        """
        DELETE FROM django_session WHERE session_key IN (
            SELECT session_key FROM django_session WHERE expire_date < %(before)s LIMIT %(limit)s)
        """,
    ),
    # Address and browser of a sign-in: kept while it lasts.
    "sign-ins": (
        lambda: 1,
        """
        DELETE FROM usersessions_usersession WHERE id IN (
            SELECT sign_in.id FROM usersessions_usersession AS sign_in
            LEFT JOIN django_session AS session USING (session_key)
            WHERE session.session_key IS NULL AND sign_in.last_seen_at < %(before)s
            ORDER BY sign_in.id LIMIT %(limit)s)
        """,
    ),
    "finished jobs": (
        lambda: settings.KEEP_DAYS["jobs"],
        """
        DELETE FROM procrastinate_jobs WHERE id IN (
            SELECT job.id FROM procrastinate_jobs AS job
            WHERE job.status IN ('succeeded', 'failed', 'cancelled', 'aborted') AND NOT EXISTS (
                SELECT FROM procrastinate_events AS event WHERE event.job_id = job.id AND event.at >= %(before)s)
            ORDER BY job.id LIMIT %(limit)s)
        """,
    ),
}


def clear_old() -> dict[str, int]:
    """Clear everything whose time is over; what → how many rows. May be stopped at any moment."""
    at = now()
    return {what: _clear(statement, at - timedelta(days=days())) for what, (days, statement) in CLEARED.items()}


def _clear(statement: str, before: datetime) -> int:
    done = 0
    parameters: dict[str, Any] = {"before": before, "limit": _AT_ONCE}
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            number = int(cursor.rowcount)
        done += number
        if number < _AT_ONCE:
            return done
