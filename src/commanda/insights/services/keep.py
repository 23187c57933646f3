"""Kept sums follow the rows."""

from typing import Any, Final

from django.db import connection

from commanda.insights.locks import hold_changes, hold_sums
from commanda.insights.models import DailySum, RowChange
from commanda.insights.services.keep_sql import keep_statement
from commanda.kernel.transaction import unit_of_work

MOST_ORDERS: Final = 4000
# The planner cannot know how many rows stand behind the statement's parts.
PLANNED: Final = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'"
AS_BEFORE: Final = "SET LOCAL enable_nestloop = DEFAULT; SET LOCAL work_mem = DEFAULT"
PRICES: Final = "SELECT id FROM insights_rowchange WHERE order_id IS NULL"
OLDEST: Final = """
SELECT DISTINCT order_id FROM (
    SELECT order_id FROM insights_rowchange WHERE order_id IS NOT NULL ORDER BY id LIMIT %(most)s) AS oldest
"""
# The orders that a cost or a fee which changed holds for: those delivered, or closed, since its first day.
PRICED: Final = """
WITH cost AS (
    SELECT variant_id, min(valid_from_on)::timestamp AT TIME ZONE 'Africa/Casablanca' AS since FROM (
        SELECT variant_id, valid_from_on FROM finance_productcost
        WHERE id IN (SELECT row_id FROM insights_rowchange WHERE kind = 'finance_productcost')
        UNION ALL SELECT (was->>'variant_id')::bigint, (was->>'valid_from_on')::date FROM insights_rowchange
        WHERE kind = 'finance_productcost' AND was IS NOT NULL) AS told GROUP BY variant_id
),
fee AS (
    SELECT carrier_id, min(valid_from_on)::timestamp AT TIME ZONE 'Africa/Casablanca' AS since FROM (
        SELECT carrier_id, valid_from_on FROM finance_carrierfee
        WHERE id IN (SELECT row_id FROM insights_rowchange WHERE kind = 'finance_carrierfee')
        UNION ALL SELECT (was->>'carrier_id')::bigint, (was->>'valid_from_on')::date FROM insights_rowchange
        WHERE kind = 'finance_carrierfee' AND was IS NOT NULL) AS told GROUP BY carrier_id
)
SELECT line.order_id FROM cost JOIN orders_orderline AS line ON line.variant_id = cost.variant_id
JOIN orders_order AS o ON o.id = line.order_id AND o.stage = 'delivered' AND o.delivered_at >= cost.since
UNION
SELECT line.order_id FROM cost JOIN orders_linecomponent AS part ON part.variant_id = cost.variant_id
JOIN orders_orderline AS line ON line.id = part.line_id
JOIN orders_order AS o ON o.id = line.order_id AND o.stage = 'delivered' AND o.delivered_at >= cost.since
UNION
SELECT parcel.order_id FROM fee
JOIN shipping_parcel AS parcel ON parcel.carrier_id = fee.carrier_id AND parcel.closed_at >= fee.since
"""
CLIENTS: Final = """
SELECT customer_id FROM orders_order WHERE id = ANY(%(ids)s::bigint[])
UNION SELECT (was->>'customer_id')::bigint FROM insights_rowchange
WHERE kind = 'orders_order' AND was IS NOT NULL AND order_id = ANY(%(ids)s::bigint[])
"""
# All that these clients have kept, or had: another one of them may be the first now.
KEPT_BY: Final = """
SELECT id FROM orders_order WHERE customer_id = ANY(%(clients)s::bigint[]) AND stage = 'delivered'
UNION SELECT order_id FROM insights_rowchange
WHERE kind = 'orders_order' AND was IS NOT NULL AND (was->>'customer_id')::bigint = ANY(%(clients)s::bigint[])
"""
# As if they had waited for ever: until all of them are kept, the rows are counted (`kept.MOST_BEHIND`).
REBUILD: Final = """
INSERT INTO insights_rowchange (kind, row_id, order_id, at)
SELECT 'orders_order', id, id, 'epoch' FROM orders_order ORDER BY id DESC
"""


def keep_sums(*, most_orders: int = MOST_ORDERS) -> bool:
    """Add to the kept sums what changed of so many orders, the oldest changes first; True when more is waiting.

    Prices are never left for later, and with them nothing is: what waits would be told twice at the new ones. Waits for
    another who is at it. Readers see the sums before or after, never half of it.
    """
    if not RowChange.objects.exists():
        return False
    with unit_of_work(), connection.cursor() as cursor:
        hold_sums()
        prices = _column(cursor, PRICES, {})
        chosen = set(_column(cursor, OLDEST, {"most": None if prices else most_orders}))
        if prices:
            chosen.update(_column(cursor, PRICED, {}))
        ids = sorted(_with_their_clients_orders(cursor, chosen))
        cursor.execute(PLANNED)
        cursor.execute(keep_statement(), {"ids": ids, "prices": prices})
        cursor.execute(AS_BEFORE)
    return RowChange.objects.exists()


def is_far_behind() -> bool:
    """Whether more waits than is added at once, as after a large import or an upgrade. Until it is added, figures are
    as they were before, or counted from the rows: then a page of a large shop takes minutes.
    """
    return RowChange.objects.order_by("id")[MOST_ORDERS:].exists()


def _with_their_clients_orders(cursor: Any, chosen: set[int]) -> set[int]:
    """The orders, and all that their clients kept; until there is no client left whose orders are not among them."""
    found, clients = set(chosen), set[int]()
    new = found
    while new:
        those = set(_column(cursor, CLIENTS, {"ids": list(new)})) - clients
        clients |= those
        new = set(_column(cursor, KEPT_BY, {"clients": list(those)})) - found if those else set()
        found |= new
    return found


def _column(cursor: Any, sql: str, parameters: dict[str, Any]) -> list[int]:
    cursor.execute(sql, parameters)
    return [value for (value,) in cursor.fetchall()]


def rebuild_sums() -> None:
    """Forget what is kept; it is counted anew as if every order were new. Holds up writers for that moment."""
    with unit_of_work(), connection.cursor() as cursor:
        hold_sums()
        # A change that is not committed yet would be told of an order that is not kept any more.
        hold_changes()
        RowChange.objects.all().delete()
        DailySum.objects.all().delete()
        cursor.execute(REBUILD)
