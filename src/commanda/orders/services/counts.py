"""The counters behind the tabs of the list: folded together by the worker, proven by `check-books`."""

from django.db import connection

# Rows that a transaction still under way adds are not seen here, and folded the next time.
FOLD = """
WITH folded AS (DELETE FROM orders_ordercount RETURNING state_id, assignee_id, qty, amount)
INSERT INTO orders_ordercount (state_id, assignee_id, qty, amount)
SELECT state_id, assignee_id, sum(qty), sum(amount) FROM folded GROUP BY state_id, assignee_id
HAVING sum(qty) <> 0 OR sum(amount) <> 0
"""


def fold_counts() -> None:
    """Make one row of all rows of a state and an assignee; one statement, the sums stay what they are."""
    with connection.cursor() as cursor:
        cursor.execute(FOLD)
