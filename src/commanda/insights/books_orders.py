"""Books of the orders: totals, stages, stamps, queue and parcels must agree."""

from typing import Final

TOTALS: Final = """
SELECT o.reference AS "order", o.total_amount::text AS total,
       (COALESCE(sum(line.total_amount), 0) - o.discount_amount + o.delivery_amount)::text AS lines
FROM orders_order AS o LEFT JOIN orders_orderline AS line ON line.order_id = o.id
GROUP BY o.id
HAVING o.total_amount <> COALESCE(sum(line.total_amount), 0) - o.discount_amount + o.delivery_amount
    OR count(line.id) = 0
ORDER BY o.id
"""

STAGES: Final = """
SELECT o.reference AS "order", o.stage, state.stage AS state_stage, state.slug AS state
FROM orders_order AS o JOIN orders_state AS state ON state.id = o.state_id
WHERE o.stage <> state.stage
ORDER BY o.id
"""

# The KPIs count by these: an end stage has its stamp and no other, earlier stages have none of the three.
STAMPS: Final = """
SELECT o.reference AS "order", o.stage, o.confirmed_at::text, o.shipped_at::text, o.delivered_at::text,
       o.returned_at::text, o.cancelled_at::text
FROM orders_order AS o
WHERE (o.stage = 'confirmed' AND o.confirmed_at IS NULL)
   OR (o.stage = 'shipped' AND o.shipped_at IS NULL)
   OR (o.stage = 'delivered') <> (o.delivered_at IS NOT NULL)
   OR (o.stage = 'returned') <> (o.returned_at IS NOT NULL)
   OR (o.stage = 'cancelled') <> (o.cancelled_at IS NOT NULL)
ORDER BY o.id
"""

# An order that nobody ever reached must wait for a call; one that is decided must not.
QUEUE: Final = """
SELECT o.reference AS "order", o.stage,
       CASE WHEN entry.order_id IS NULL THEN 'missing' ELSE 'left behind' END AS queue_entry
FROM orders_order AS o
LEFT JOIN confirmation_queueentry AS entry ON entry.order_id = o.id
WHERE (entry.order_id IS NOT NULL AND o.stage NOT IN ('new', 'confirming'))
   OR (entry.order_id IS NULL AND o.stage IN ('new', 'confirming') AND o.contacted_at IS NULL
       AND o.state_id NOT IN (
           SELECT exhausted_state_id FROM confirmation_callpolicy WHERE exhausted_state_id IS NOT NULL))
ORDER BY o.id
"""

QUEUE_OWNERS: Final = """
SELECT o.reference AS "order", o.assignee_id AS agent, entry.assignee_id AS queue_agent
FROM confirmation_queueentry AS entry JOIN orders_order AS o ON o.id = entry.order_id
WHERE (entry.assignee_id, entry.created_by_id, entry.store_id, entry.ordered_at)
      IS DISTINCT FROM (o.assignee_id, o.created_by_id, o.store_id, o.created_at)
ORDER BY o.id
"""

LEASES: Final = """
SELECT o.reference AS "order", o.stage, lease.agent_id
FROM confirmation_lease AS lease JOIN orders_order AS o ON o.id = lease.order_id
WHERE o.stage NOT IN ('new', 'confirming')
ORDER BY o.id
"""

PARCELS: Final = """
SELECT o.reference AS "order", o.stage, parcel.id AS parcel, parcel.status
FROM shipping_parcel AS parcel JOIN orders_order AS o ON o.id = parcel.order_id
WHERE parcel.is_current AND (o.stage, parcel.status) NOT IN (
    ('confirmed', 'ready'), ('shipped', 'shipped'), ('shipped', 'problem'), ('delivered', 'delivered'),
    ('returned', 'returned'))
ORDER BY o.id
"""

COUNTERS: Final = """
SELECT state_id AS state, assignee_id AS agent, sum(counted) AS orders, sum(kept) AS counter,
       sum(worth) AS amount, sum(kept_worth) AS kept_amount
FROM (SELECT state_id, assignee_id, 1 AS counted, 0 AS kept, total_amount AS worth, 0 AS kept_worth FROM orders_order
      UNION ALL SELECT state_id, assignee_id, 0, qty, 0, amount FROM orders_ordercount) AS both_ways
GROUP BY state_id, assignee_id
HAVING sum(counted) <> sum(kept) OR sum(worth) <> sum(kept_worth)
ORDER BY state_id, assignee_id
"""

# The present state at least; which were passed before, the audit tells.
ENTRIES: Final = """
SELECT o.reference, o.state_id AS state FROM orders_order AS o
WHERE NOT EXISTS (SELECT FROM orders_stateentry AS entry WHERE entry.order_id = o.id AND entry.state_id = o.state_id)
ORDER BY o.id
"""

ORDER_BOOKS: Final[dict[str, tuple[str, str]]] = {
    "orders.totals": ("Each total is its lines less the discount plus the delivery.", TOTALS),
    "orders.stages": ("Each order's stage is its state's stage.", STAGES),
    "orders.stamps": ("Each order's instants fit its stage.", STAMPS),
    "orders.counters": ("The counters of the list are what there is.", COUNTERS),
    "orders.entries": ("Each order is known to have come into its state.", ENTRIES),
    "confirmation.queue": ("Orders to call wait in the queue, others do not.", QUEUE),
    "confirmation.queue_owners": ("The queue knows whose each order is.", QUEUE_OWNERS),
    "confirmation.leases": ("Only orders to call are being worked.", LEASES),
    "shipping.parcels": ("Each parcel under way agrees with its order's stage.", PARCELS),
}
