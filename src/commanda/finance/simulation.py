"""What a version of the plan would have paid: the very rules of earning over the real orders of a span. Writes nothing.

What stands today counts: orders confirmed (and not cancelled since) or delivered in the span, for whoever has them,
with the bonuses of the months that lie whole in it. A cap of the month counts from the first day of the span. Both
sides are computed alike, so that the difference is the plans' alone; the ledger may differ by what came back later
or changed hands.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.finance.bonus import bonus_of, numbers_of
from commanda.finance.commission_sql import NOTHING_STANDING, earnings
from commanda.finance.models import CommissionPlan, CommissionTier, Trigger
from commanda.finance.months import Month, month_of
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_range

_DAY: Final = "(known.at AT TIME ZONE 'Africa/Casablanca')::date"
# With %(plan)s that version pays for everything, otherwise the one that was valid on each day.
SIMULATE: Final = f"""
{
    earnings(
        f'''
    SELECT known.order_id, known.agent_id, known.trigger, plan.id AS plan_id, known.at,
           date_trunc('month', {_DAY})::date AS month_on
    FROM (
        SELECT o.id AS order_id, o.assignee_id AS agent_id, 'confirmed' AS trigger, o.confirmed_at AS at, o.stage
        FROM orders_order AS o
        WHERE o.confirmed_at >= %(start)s AND o.confirmed_at < %(end)s
          AND o.stage IN ('confirmed', 'shipped', 'delivered', 'returned')
        UNION ALL
        SELECT o.id, o.assignee_id, paid.trigger, o.delivered_at, o.stage
        FROM orders_order AS o CROSS JOIN (VALUES ('delivered'), ('upsell')) AS paid (trigger)
        WHERE o.delivered_at >= %(start)s AND o.delivered_at < %(end)s
    ) AS known
    CROSS JOIN LATERAL (
        SELECT id, keeps_confirmed FROM finance_commissionplan
        WHERE CASE WHEN %(plan)s::bigint IS NULL THEN valid_from_on <= {_DAY} ELSE id = %(plan)s::bigint END
        ORDER BY valid_from_on DESC LIMIT 1
    ) AS plan
    WHERE known.agent_id IS NOT NULL AND (known.stage <> 'returned' OR plan.keeps_confirmed)
    ''',
        standing=NOTHING_STANDING,
    )
}
SELECT agent_id, trigger, count(*), sum(amount) FROM earned WHERE amount > 0 GROUP BY agent_id, trigger
"""  # noqa: S608 - put together from constants only


@dataclass(slots=True)
class Pay:
    """What an agent would have, MAD by trigger."""

    amounts: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(Trigger.values, Decimal(0)))
    orders: int = 0

    @property
    def total(self) -> Decimal:
        return sum(self.amounts.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Compared:
    """An agent under the plans as they were and under the version that is tried."""

    agent_id: int
    agent_name: str
    present: Pay
    tried: Pay

    @property
    def difference(self) -> Decimal:
        return self.tried.total - self.present.total


def simulate(actor: Actor, plan: CommissionPlan, *, first: date, last: date) -> list[Compared]:
    """Each agent under both, who gains most first; nothing without the right. A constant number of queries."""
    if not actor.can(Perm.FINANCE_VIEW):
        return []
    months = _whole_months(first, last)
    present = _pay(None, first, last)
    tried = _pay(plan.pk, first, last)
    versions = list(CommissionPlan.objects.visible_to(actor).exclude(valid_from_on=None).prefetch_related("tiers"))
    for month in months:
        valid = next((each for each in versions if each.valid_from_on and each.valid_from_on <= month.last), None)
        numbers = numbers_of(month)
        _add_bonuses(present, list(valid.tiers.all()) if valid else [], numbers)
        _add_bonuses(tried, list(plan.tiers.all()), numbers)
    ids = {*present, *tried}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
    rows = [Compared(pk, names[pk], present.get(pk, Pay()), tried.get(pk, Pay())) for pk in ids]
    return sorted(rows, key=lambda row: (-row.difference, row.agent_name))


def _pay(plan_id: int | None, first: date, last: date) -> dict[int, Pay]:
    start, end = day_range(first, last)
    found: dict[int, Pay] = {}
    with connection.cursor() as cursor:
        cursor.execute(SIMULATE, {"plan": plan_id, "start": start, "end": end})
        for agent_id, trigger, number, amount in cursor.fetchall():
            pay = found.setdefault(agent_id, Pay())
            pay.amounts[trigger] = amount
            if trigger == Trigger.DELIVERED:
                pay.orders = number
    return found


def _add_bonuses(pay: dict[int, Pay], tiers: list[CommissionTier], numbers: dict[int, Any]) -> None:
    for agent_id, known in numbers.items() if tiers else ():
        bonus = bonus_of(tiers, known)
        if bonus is not None:
            pay.setdefault(agent_id, Pay()).amounts[Trigger.BONUS] += bonus.amount


def _whole_months(first: date, last: date) -> list[Month]:
    """The months of which every day lies in the span."""
    month = month_of(last)
    months = []
    while month.first >= first:
        if month.last <= last:
            months.append(month)
        month = month.previous
    return months
