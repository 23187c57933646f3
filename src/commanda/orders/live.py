"""Who hears that orders changed: their owners. Says the same as `Order.objects.visible_to`."""

from collections.abc import Collection
from typing import Any

import psycopg

from commanda.kernel.live import follow

# Who was not given an order sees it while he made it and nobody has it: he must hear that it was given away.
OWNERS = """
SELECT DISTINCT owner
FROM orders_order, unnest(ARRAY[COALESCE(assignee_id, created_by_id), CASE WHEN id = ANY(%s) THEN created_by_id END])
    AS owner
WHERE id = ANY(%s) AND owner IS NOT NULL
"""


def owners_of(connection: psycopg.Connection[Any], ids: Collection[int], moved: Collection[int]) -> set[int]:
    """The people who see these orders as their own; for those that changed hands, also who had made them."""
    return {pk for (pk,) in connection.execute(OWNERS, [list(moved), list(ids)]).fetchall()}


follow("order", "orders", "queue", "board", each="order", people=owners_of, owner_field="assignee")
