"""The bonus of a month: an agent's numbers, and the tier that they reach; for paying, showing and simulating.

An order counts for whoever it is assigned to. Delivered and returned: those that ended so in the month. Contacted:
those first contacted in it, without merged ones; confirmed: those of them that were ever confirmed, so that a refusal
at the door is not held against anybody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from commanda.finance.models import CommissionTier
from commanda.finance.months import Month
from commanda.kernel.money import quantize

NUMBERS: Final = """
SELECT o.assignee_id,
       count(*) FILTER (WHERE o.delivered_at >= %(start)s AND o.delivered_at < %(end)s),
       count(*) FILTER (WHERE o.returned_at >= %(start)s AND o.returned_at < %(end)s),
       count(*) FILTER (WHERE o.contacted_at >= %(start)s AND o.contacted_at < %(end)s AND o.merged_into_id IS NULL),
       count(*) FILTER (WHERE o.contacted_at >= %(start)s AND o.contacted_at < %(end)s AND o.merged_into_id IS NULL
                          AND o.confirmed_at IS NOT NULL)
FROM orders_order AS o
WHERE o.assignee_id IS NOT NULL AND (%(agent)s::bigint IS NULL OR o.assignee_id = %(agent)s)
  AND ((o.delivered_at >= %(start)s AND o.delivered_at < %(end)s)
       OR (o.returned_at >= %(start)s AND o.returned_at < %(end)s)
       OR (o.contacted_at >= %(start)s AND o.contacted_at < %(end)s))
GROUP BY o.assignee_id
"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What an agent's month came to, in orders."""

    delivered: int = 0
    returned: int = 0
    contacted: int = 0
    confirmed: int = 0

    @property
    def delivery_rate(self) -> Decimal | None:
        """Delivered ÷ (delivered + returned), 0..1; None without either."""
        ended = self.delivered + self.returned
        return Decimal(self.delivered) / ended if ended else None

    @property
    def confirmation_rate(self) -> Decimal | None:
        """Ever confirmed ÷ contacted, 0..1; None without a contact."""
        return Decimal(self.confirmed) / self.contacted if self.contacted else None


@dataclass(frozen=True, slots=True)
class Bonus:
    """What a month is worth beside its orders, MAD, and the tier it comes from."""

    amount: Decimal
    tier: CommissionTier
    numbers: Numbers

    @property
    def facts(self) -> dict[str, Any]:
        """The numbers it comes from, kept with the entry."""
        tier = self.tier
        return {
            "delivered": self.numbers.delivered,
            "returned": self.numbers.returned,
            "contacted": self.numbers.contacted,
            "confirmed": self.numbers.confirmed,
            "tier": {
                "delivered_qty": tier.delivered_qty,
                "delivery_rate": None if tier.delivery_rate is None else f"{tier.delivery_rate:f}",
                "confirmation_rate": None if tier.confirmation_rate is None else f"{tier.confirmation_rate:f}",
                "per_order_amount": f"{tier.per_order_amount:f}",
                "fixed_amount": f"{tier.fixed_amount:f}",
            },
        }


def numbers_of(month: Month, *, agent_id: int | None = None) -> dict[int, Numbers]:
    """Each agent's numbers of a month; `agent_id` asks for one only. One query."""
    start, end = month.instants
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, {"start": start, "end": end, "agent": agent_id})
        return {agent: Numbers(*numbers) for agent, *numbers in cursor.fetchall()}


def reaches(tier: CommissionTier, numbers: Numbers) -> bool:
    """Whether the numbers are all that the tier asks. A rate that nothing is known of is not reached."""
    return numbers.delivered >= tier.delivered_qty and all(
        wanted is None or (rate is not None and rate >= wanted)
        for wanted, rate in (
            (tier.delivery_rate, numbers.delivery_rate),
            (tier.confirmation_rate, numbers.confirmation_rate),
        )
    )


def worth(tier: CommissionTier, numbers: Numbers) -> Decimal:
    """What the tier pays for these numbers, MAD."""
    return quantize(tier.fixed_amount + tier.per_order_amount * numbers.delivered)


def bonus_of(tiers: Iterable[CommissionTier], numbers: Numbers) -> Bonus | None:
    """The reached tier that pays most (the first of equals); None when none is reached or it pays nothing."""
    reached = [tier for tier in tiers if reaches(tier, numbers)]
    best = max(reached, key=lambda tier: worth(tier, numbers), default=None)
    if best is None or not worth(best, numbers):
        return None
    return Bonus(worth(best, numbers), best, numbers)


def next_tier(tiers: Sequence[CommissionTier], numbers: Numbers) -> CommissionTier | None:
    """The nearest tier that is not reached yet and would pay more than now."""
    present = bonus_of(tiers, numbers)
    ahead = [
        tier
        for tier in tiers
        if not reaches(tier, numbers)
        and _worth_when_reached(tier, numbers) > (present.amount if present else Decimal(0))
    ]
    return min(ahead, key=lambda tier: (tier.delivered_qty, tier.position), default=None)


def _worth_when_reached(tier: CommissionTier, numbers: Numbers) -> Decimal:
    delivered = max(numbers.delivered, tier.delivered_qty)
    return quantize(tier.fixed_amount + tier.per_order_amount * delivered)
