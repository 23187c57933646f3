"""Books of the stock: the levels, the ledger and the open orders must tell the same."""

from typing import Final

# Where the units of each order stand by its stage and lines, bundles dissolved (the rule of `orders.demand`, in SQL).
DEMAND: Final = """
    SELECT o.id AS order_id, o.stage, COALESCE(part.variant_id, line.variant_id) AS variant_id,
           line.quantity * COALESCE(part.quantity, 1) AS units,
           (line.quantity - line.back_qty - line.quarantine_qty - line.lost_qty)
               * COALESCE(part.quantity, 1) AS waiting,
           line.quarantine_qty * COALESCE(part.quantity, 1) AS quarantined,
           line.lost_qty * COALESCE(part.quantity, 1) AS lost
    FROM orders_order AS o
    JOIN orders_orderline AS line ON line.order_id = o.id
    LEFT JOIN orders_linecomponent AS part ON part.line_id = line.id
    WHERE o.stage IN ('confirmed', 'shipped', 'delivered', 'returned')
"""
STANDING: Final = f"""
    SELECT order_id, variant_id,
           sum(CASE stage WHEN 'delivered' THEN -units
                          WHEN 'returned' THEN -(quarantined + lost) ELSE 0 END) AS on_hand,
           sum(CASE stage WHEN 'confirmed' THEN units ELSE 0 END) AS reserved,
           sum(CASE stage WHEN 'shipped' THEN units WHEN 'returned' THEN waiting ELSE 0 END) AS in_transit,
           sum(CASE stage WHEN 'returned' THEN quarantined ELSE 0 END) AS quarantine
    FROM ({DEMAND}) AS demand
    GROUP BY order_id, variant_id
"""  # noqa: S608 - put together from constants of this module only

LEVELS: Final = """
SELECT variant.sku,
       jsonb_build_object('on_hand', COALESCE(level.on_hand, 0), 'reserved', COALESCE(level.reserved, 0),
           'in_transit', COALESCE(level.in_transit, 0), 'quarantine', COALESCE(level.quarantine, 0))::text AS level,
       jsonb_build_object('on_hand', COALESCE(moved.on_hand, 0), 'reserved', COALESCE(moved.reserved, 0),
           'in_transit', COALESCE(moved.in_transit, 0), 'quarantine', COALESCE(moved.quarantine, 0))::text AS movements
FROM catalog_variant AS variant
LEFT JOIN stock_stocklevel AS level ON level.variant_id = variant.id
LEFT JOIN (
    SELECT variant_id, sum(on_hand_qty) AS on_hand, sum(reserved_qty) AS reserved,
           sum(in_transit_qty) AS in_transit, sum(quarantine_qty) AS quarantine
    FROM stock_stockmovement GROUP BY variant_id
) AS moved ON moved.variant_id = variant.id
WHERE (COALESCE(level.on_hand, 0), COALESCE(level.reserved, 0), COALESCE(level.in_transit, 0),
       COALESCE(level.quarantine, 0))
   <> (COALESCE(moved.on_hand, 0), COALESCE(moved.reserved, 0), COALESCE(moved.in_transit, 0),
       COALESCE(moved.quarantine, 0))
ORDER BY variant.sku
"""


def _level_against_orders(column: str, other: str = "0") -> str:
    """A column of the levels against the sum over the orders, plus `other` (a sum over documents)."""
    return f"""
SELECT variant.sku, COALESCE(level.{column}, 0) AS level, COALESCE(owed.units, 0) + {other} AS orders
FROM catalog_variant AS variant
LEFT JOIN stock_stocklevel AS level ON level.variant_id = variant.id
LEFT JOIN (
    SELECT variant_id, sum({column}) AS units FROM ({STANDING}) AS standing GROUP BY variant_id
) AS owed ON owed.variant_id = variant.id
WHERE COALESCE(level.{column}, 0) <> COALESCE(owed.units, 0) + {other}
ORDER BY variant.sku
"""  # noqa: S608 - put together from constants of this module only


_RELEASED: Final = """COALESCE((
    SELECT sum(quarantine_qty) FROM stock_stockmovement AS movement
    WHERE movement.variant_id = variant.id AND movement.document_id IS NOT NULL), 0)"""

ORDER_UNITS: Final = f"""
SELECT COALESCE(o.reference, '#' || COALESCE(standing.order_id, moved.order_id)) AS "order", variant.sku,
       jsonb_build_array(standing.on_hand, standing.reserved, standing.in_transit, standing.quarantine)::text AS stage,
       jsonb_build_array(moved.on_hand, moved.reserved, moved.in_transit, moved.quarantine)::text AS movements
FROM ({STANDING}) AS standing
FULL JOIN (
    SELECT order_id, variant_id, sum(on_hand_qty) AS on_hand, sum(reserved_qty) AS reserved,
           sum(in_transit_qty) AS in_transit, sum(quarantine_qty) AS quarantine
    FROM stock_stockmovement WHERE order_id IS NOT NULL GROUP BY order_id, variant_id
) AS moved ON moved.order_id = standing.order_id AND moved.variant_id = standing.variant_id
LEFT JOIN orders_order AS o ON o.id = COALESCE(standing.order_id, moved.order_id)
LEFT JOIN catalog_variant AS variant ON variant.id = COALESCE(standing.variant_id, moved.variant_id)
WHERE (COALESCE(standing.on_hand, 0), COALESCE(standing.reserved, 0), COALESCE(standing.in_transit, 0),
       COALESCE(standing.quarantine, 0))
   <> (COALESCE(moved.on_hand, 0), COALESCE(moved.reserved, 0), COALESCE(moved.in_transit, 0),
       COALESCE(moved.quarantine, 0))
ORDER BY COALESCE(standing.order_id, moved.order_id)
"""  # noqa: S608 - put together from constants of this module only

MOVEMENT_ORDERS: Final = """
SELECT movement.id AS movement, movement.order_id
FROM stock_stockmovement AS movement
WHERE movement.order_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM orders_order AS o WHERE o.id = movement.order_id)
ORDER BY movement.id
"""

STOCK_BOOKS: Final[dict[str, tuple[str, str]]] = {
    "stock.levels": ("Each level is the sum of its movements.", LEVELS),
    "stock.reserved": ("Reserved units are those of confirmed orders.", _level_against_orders("reserved")),
    "stock.in_transit": (
        "Units in transit are those of shipped orders and of returns not yet inspected.",
        _level_against_orders("in_transit"),
    ),
    "stock.quarantine": (
        "Units in quarantine are those put there by inspections, less those released.",
        _level_against_orders("quarantine", _RELEASED),
    ),
    "stock.order_units": ("The movements of an order add up to where its units stand.", ORDER_UNITS),
    "stock.movement_orders": ("Each movement's order exists.", MOVEMENT_ORDERS),
}
