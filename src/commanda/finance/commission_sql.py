"""What a plan pays for orders, as SQL: the one definition, for earning, for what is expected and for simulating.

Per order and trigger: each article of the order (each upsell line, for upsells) finds the first line of the plan that
fits it, otherwise the plan's general amount. Confirmed and delivered orders get the best of what their articles
found, once; ratios are of the total without the delivery charged. Upsells get each line's units times its amount, or
its ratio of their price, summed per plan line. `cap_amount` limits what one plan line gives for one order; the cap of
the month what the agent gets for orders. Halves of a centime are rounded up. Only code that has checked the right to
see commissions, or that writes the ledger, may use these.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from commanda.finance.models import Trigger
from commanda.finance.months import month_of
from commanda.kernel.clock import day_of

# The most that a column of the ledger holds: an absurd total must not stop a delivery.
HIGHEST: Final = "999999.99"

# Wants `done (order_id, agent_id, trigger, plan_id, at, month_on)` and `standing (agent_id, month_on, amount)`: what
# stands of the month already where the plan has a cap.
_EARNINGS: Final = f"""
matched AS (
    SELECT done.order_id, done.trigger, done.agent_id, done.plan_id, done.at, done.month_on,
           rule.line_id, rule.position, rule.cap_amount, sold.quantity,
           CASE WHEN done.trigger = 'upsell'
                THEN sold.quantity * COALESCE(rule.amount, rule.ratio * sold.unit_price_amount)
                ELSE COALESCE(rule.amount, rule.ratio * (o.total_amount - o.delivery_amount)) END AS amount
    FROM done
    JOIN orders_order AS o ON o.id = done.order_id
    JOIN finance_commissionplan AS plan ON plan.id = done.plan_id
    JOIN orders_orderline AS sold ON sold.order_id = done.order_id AND (done.trigger <> 'upsell' OR sold.is_upsell)
    JOIN catalog_variant AS article ON article.id = sold.variant_id
    CROSS JOIN LATERAL (
        (SELECT line.id AS line_id, line.position::int AS position, line.amount, line.ratio, line.cap_amount
         FROM finance_commissionline AS line
         WHERE line.plan_id = done.plan_id AND line.trigger = done.trigger
           AND (line.agent_id IS NULL OR line.agent_id = done.agent_id)
           AND CASE
                WHEN line.offer_qty IS NULL THEN line.product_id IS NULL OR line.product_id = article.product_id
                WHEN NOT sold.is_upsell THEN false
                WHEN line.offer_variant_id IS NULL THEN
                    line.product_id = article.product_id AND line.offer_qty <= (
                        SELECT sum(other.quantity) FROM orders_orderline AS other
                        JOIN catalog_variant AS its ON its.id = other.variant_id
                        WHERE other.order_id = done.order_id AND its.product_id = line.product_id)
                ELSE line.offer_variant_id = sold.variant_id AND EXISTS (
                        SELECT FROM orders_orderline AS other
                        JOIN catalog_variant AS its ON its.id = other.variant_id
                        WHERE other.order_id = done.order_id AND its.product_id = line.product_id)
               END
         ORDER BY line.position LIMIT 1)
        UNION ALL
        SELECT NULL, 2147483647,
               CASE done.trigger WHEN 'confirmed' THEN plan.confirmed_amount WHEN 'delivered' THEN plan.delivered_amount
                                 ELSE plan.upsell_amount END,
               NULL, NULL
        ORDER BY position LIMIT 1
    ) AS rule
),
by_rule AS (
    SELECT order_id, trigger, agent_id, plan_id, at, month_on, line_id, position,
           LEAST(round(CASE WHEN trigger = 'upsell' THEN sum(amount) ELSE max(amount) END, 2), cap_amount) AS amount,
           sum(quantity) AS units
    FROM matched
    GROUP BY order_id, trigger, agent_id, plan_id, at, month_on, line_id, position, cap_amount
),
uncapped AS (
    SELECT order_id, trigger, agent_id, plan_id, at, month_on,
           CASE WHEN trigger <> 'upsell' OR count(*) = 1
                THEN (array_agg(line_id ORDER BY amount DESC, position))[1] END AS line_id,
           CASE WHEN trigger = 'upsell' THEN sum(units) ELSE 1 END AS units,
           LEAST(CASE WHEN trigger = 'upsell' THEN sum(amount) ELSE max(amount) END, {HIGHEST}) AS amount
    FROM by_rule WHERE amount > 0
    GROUP BY order_id, trigger, agent_id, plan_id, at, month_on
),
counted AS (
    SELECT uncapped.*, COALESCE(standing.amount, 0) + sum(uncapped.amount) OVER (
               PARTITION BY uncapped.agent_id, uncapped.month_on
               ORDER BY uncapped.at, uncapped.order_id, uncapped.trigger) AS reached
    FROM uncapped LEFT JOIN standing USING (agent_id, month_on)
),
earned AS (
    SELECT counted.order_id, counted.trigger, counted.agent_id, counted.plan_id, counted.at, counted.month_on,
           counted.line_id, counted.units,
           -- LEAST leaves a missing cap out.
           LEAST(plan.month_cap_amount, counted.reached)
           - LEAST(plan.month_cap_amount, counted.reached - counted.amount) AS amount
    FROM counted JOIN finance_commissionplan AS plan ON plan.id = counted.plan_id
)
"""  # noqa: S608 - put together from constants of this module only

# What stands of orders in the months of `done`, per agent; nothing is read for plans without a cap.
STANDING: Final = """
SELECT wanted.agent_id, wanted.month_on, (
    SELECT sum(entry.amount) FROM finance_commissionentry AS entry
    WHERE entry.agent_id = wanted.agent_id AND entry.made_at >= wanted.month_start AND entry.made_at < wanted.month_end
      AND entry.trigger <> 'bonus' AND entry.reverses_id IS NULL
      AND NOT EXISTS (SELECT FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id)
) AS amount
FROM (
    SELECT DISTINCT done.agent_id, done.month_on, done.month_start, done.month_end
    FROM done JOIN finance_commissionplan AS plan ON plan.id = done.plan_id
    WHERE plan.month_cap_amount IS NOT NULL
) AS wanted
"""
NOTHING_STANDING: Final = "SELECT NULL::bigint AS agent_id, NULL::date AS month_on, NULL::numeric AS amount WHERE false"

# Joined to something with a `day`: the version valid then.
PLAN_OF_DAY: Final = """
CROSS JOIN LATERAL (
    SELECT id FROM finance_commissionplan WHERE valid_from_on <= done.day ORDER BY valid_from_on DESC LIMIT 1
) AS plan
"""

# What was done, as parallel arrays; `day`, `month_…` are Moroccan.
DONE_ROWS: Final = """
unnest(%(orders)s::bigint[], %(agents)s::bigint[], %(triggers)s::text[], %(again)s::bool[], %(at)s::timestamptz[],
       %(days)s::date[], %(months)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS done (order_id, agent_id, trigger, again, at, day, month_on, month_start, month_end)
"""


def earnings(done: str, *, standing: str = STANDING) -> str:
    """A WITH clause that ends in `earned (order_id, trigger, agent_id, plan_id, at, month_on, line_id, units, amount)`.

    `done` is a SELECT of what happened: order_id, agent_id, trigger, plan_id, at, month_on, and with `STANDING` also
    month_start and month_end, instants.
    """
    return f"WITH done AS ({done}), standing AS ({standing}), {_EARNINGS}"


@dataclass(frozen=True, slots=True)
class Done:
    """Something that a plan pays for. `again`: only when the order has earned for it before."""

    order_id: int
    agent_id: int
    trigger: Trigger
    at: datetime
    again: bool = False


def done_rows(done: list[Done]) -> dict[str, list[Any]]:
    """The arrays that `DONE_ROWS` reads."""
    days = [day_of(each.at) for each in done]
    months = [month_of(day) for day in days]
    return {
        "orders": [each.order_id for each in done],
        "agents": [each.agent_id for each in done],
        "triggers": [each.trigger.value for each in done],
        "again": [each.again for each in done],
        "at": [each.at for each in done],
        "days": days,
        "months": [month.first for month in months],
        "starts": [month.instants[0] for month in months],
        "ends": [month.instants[1] for month in months],
    }
