"""Kept sums follow the rows."""

from typing import Final

from django.db import connection

from commanda.insights.keep_sql import keep_statement
from commanda.insights.models import DailySum, RowChange
from commanda.kernel.transaction import unit_of_work

MOST_ORDERS: Final = 4000
# One at a time: what one counts must not be counted by another.
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('insights.keep'))"
REBUILD: Final = """
INSERT INTO insights_rowchange (kind, row_id, order_id, at)
SELECT 'orders_order', id, id, clock_timestamp() FROM orders_order ORDER BY id DESC
"""


def keep_sums(*, most_orders: int = MOST_ORDERS) -> bool:
    """Add to the kept sums what changed of so many orders, the oldest changes first; True when more is waiting.

    Waits for another who is at it. Readers see the sums before or after, never half of it.
    """
    if not RowChange.objects.exists():
        return False
    with unit_of_work(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(keep_statement(), {"most": most_orders})
    return RowChange.objects.exists()


def rebuild_sums() -> None:
    """Forget what is kept; it is counted anew as if every order were new. Holds up writers for that moment."""
    with unit_of_work(), connection.cursor() as cursor:
        cursor.execute(LOCK)
        # A change that is not committed yet would be told of an order that is not kept any more.
        cursor.execute("LOCK TABLE insights_rowchange IN EXCLUSIVE MODE")
        RowChange.objects.all().delete()
        DailySum.objects.all().delete()
        cursor.execute(REBUILD)
