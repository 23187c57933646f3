"""What must always hold of the ledger of commissions, as queries that find whatever does not: for `check-books`."""

from typing import Final

from commanda.finance.commission_sql import NOTHING_STANDING, earnings

# An entry stands for what its order's stage pays, once; a confirmation may stand by a parcel that came back.
STANDING: Final = """
SELECT o.reference AS "order", o.stage, entry.trigger, count(*) AS entries, sum(entry.amount)::text AS amount
FROM finance_commissionentry AS entry
JOIN orders_order AS o ON o.id = entry.order_id
JOIN finance_commissionplan AS plan ON plan.id = entry.plan_id
WHERE entry.reverses_id IS NULL
  AND NOT EXISTS (SELECT FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id)
GROUP BY o.id, entry.trigger
HAVING count(*) > 1
    OR (entry.trigger = 'confirmed'
        AND NOT (o.stage IN ('confirmed', 'shipped', 'delivered')
                 OR (o.stage = 'returned' AND bool_and(plan.keeps_confirmed))))
    OR (entry.trigger <> 'confirmed' AND o.stage <> 'delivered')
ORDER BY o.id
"""

# What stands for delivered orders is what the plan's rules give for them (less where a cap of the month cut it).
# A confirmed order may be edited afterwards, so that its confirmation cannot be worked out again.
AMOUNTS: Final = f"""
{
    earnings(
        '''
    SELECT entry.order_id, entry.agent_id, entry.trigger::text AS trigger, entry.plan_id, entry.made_at AS at,
           NULL::date AS month_on
    FROM finance_commissionentry AS entry
    WHERE entry.trigger IN ('delivered', 'upsell') AND entry.reverses_id IS NULL
      AND NOT EXISTS (SELECT FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id)
    ''',
        standing=NOTHING_STANDING,
    )
}
SELECT o.reference AS "order", trigger, entry.amount::text AS amount, uncapped.amount::text AS by_plan
FROM finance_commissionentry AS entry
LEFT JOIN uncapped USING (order_id, trigger, agent_id, plan_id)
JOIN orders_order AS o ON o.id = order_id
JOIN finance_commissionplan AS plan ON plan.id = plan_id
WHERE trigger IN ('delivered', 'upsell') AND entry.reverses_id IS NULL
  AND NOT EXISTS (SELECT FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id)
  AND (uncapped.amount IS NULL OR entry.amount > uncapped.amount
       OR (entry.amount < uncapped.amount AND plan.month_cap_amount IS NULL))
ORDER BY entry.id
"""  # noqa: S608 - put together from constants only

REVERSALS: Final = """
SELECT entry.id AS entry, entry.amount::text, origin.id AS reverses, origin.amount::text AS earned
FROM finance_commissionentry AS entry JOIN finance_commissionentry AS origin ON origin.id = entry.reverses_id
WHERE (entry.amount, entry.agent_id, entry.plan_id, entry.trigger, entry.nth, entry.units_qty)
      <> (-origin.amount, origin.agent_id, origin.plan_id, origin.trigger, origin.nth, origin.units_qty)
   OR (entry.order_id, entry.line_id, entry.month_on)
      IS DISTINCT FROM (origin.order_id, origin.line_id, origin.month_on)
ORDER BY entry.id
"""

STATEMENTS: Final = """
SELECT statement.id AS statement, statement.state, statement.total_amount::text AS total,
       COALESCE(sum(entry.amount), 0)::text AS entries
FROM finance_commissionstatement AS statement
LEFT JOIN finance_statemententry AS row ON row.statement_id = statement.id
LEFT JOIN finance_commissionentry AS entry ON entry.id = row.entry_id
GROUP BY statement.id
HAVING statement.total_amount <> COALESCE(sum(entry.amount), 0) OR bool_or(entry.agent_id <> statement.agent_id)
ORDER BY statement.id
"""

COMMISSION_BOOKS: Final[dict[str, tuple[str, str]]] = {
    "finance.commissions": ("An order's stage pays each of its commissions once, and no other stands.", STANDING),
    "finance.commission_amounts": ("What stands for delivered orders is what the plan gives.", AMOUNTS),
    "finance.commission_reversals": ("Reversals undo their entries exactly.", REVERSALS),
    "finance.statements": ("Each statement is the sum of its agent's entries.", STATEMENTS),
}
