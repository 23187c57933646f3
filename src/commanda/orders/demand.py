"""What the lines of orders take from the stock, bundles dissolved into their parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from commanda.kernel.prepared import planned_cursor
from commanda.orders.stages import BUCKETS, Stage
from commanda.stock.buckets import Bucket, Delta, move

DEMAND = """
SELECT line.order_id,
       COALESCE(part.variant_id, line.variant_id),
       COALESCE(part.quantity, 1),
       line.quantity, line.back_qty, line.quarantine_qty, line.lost_qty
FROM orders_orderline AS line
LEFT JOIN orders_linecomponent AS part ON part.line_id = line.id
WHERE line.order_id = ANY(%s)
ORDER BY line.id
"""


@dataclass(frozen=True, slots=True)
class Demand:
    """One stocked variant in one line: `per_unit` of it for each of `quantity` units sold."""

    order_id: int
    variant_id: int
    per_unit: int
    quantity: int
    back_qty: int = 0
    quarantine_qty: int = 0
    lost_qty: int = 0

    def standing(self, stage: Stage) -> Delta:
        """Where the units stand in a stage, as a vector from "nowhere"."""
        if stage is not Stage.RETURNED:
            return move(self.quantity * self.per_unit, Bucket.NONE, BUCKETS[stage])
        pending = self.quantity - self.back_qty - self.quarantine_qty - self.lost_qty
        vector = (
            move(pending, Bucket.NONE, Bucket.IN_TRANSIT)
            + move(self.quarantine_qty, Bucket.NONE, Bucket.QUARANTINE)
            + move(self.lost_qty, Bucket.NONE, Bucket.GONE)
        )
        return vector * self.per_unit

    def passing(self, old: Stage, new: Stage) -> Delta:
        """What a move between two stages changes: the units enter the new one fresh, nothing of them inspected."""
        fresh = Demand(self.order_id, self.variant_id, self.per_unit, self.quantity)
        return fresh.standing(new) - self.standing(old)


def demands_of(order_ids: Sequence[int]) -> list[Demand]:
    """The stock demand of the orders' lines, one query."""
    with planned_cursor() as cursor:
        cursor.execute(DEMAND, [list(order_ids)])
        return [Demand(*row) for row in cursor.fetchall()]
