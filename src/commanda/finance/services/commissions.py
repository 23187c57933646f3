"""Commissions follow the orders: effect handler of `orders.effects.commission_follows`.

Set-based: one statement earns, one reverses, however many orders move. The plans are read by the statement that
earns, so that a plan saved meanwhile (`hold_commissions`) is either seen or comes after.
"""

from typing import Any

from django.db import connection

from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_of
from commanda.orders.effects import StageChange
from commanda.orders.stages import Stage

EARN = """
INSERT INTO finance_commissionentry (order_id, agent_id, plan_id, amount, made_at)
SELECT done.order_id, done.agent_id, plan.id, plan.delivered_amount, done.at
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::date[]) AS done (order_id, agent_id, at, day)
CROSS JOIN LATERAL (
    SELECT id, delivered_amount FROM finance_commissionplan
    WHERE valid_from_on <= done.day ORDER BY valid_from_on DESC LIMIT 1
) AS plan
WHERE plan.delivered_amount > 0
  AND NOT EXISTS (
    SELECT 1 FROM finance_commissionentry AS entry
    WHERE entry.order_id = done.order_id AND entry.reverses_id IS NULL
      AND NOT EXISTS (SELECT 1 FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id)
  )
ORDER BY done.order_id
"""

REVERSE = """
INSERT INTO finance_commissionentry (order_id, agent_id, plan_id, amount, reverses_id, made_at)
SELECT entry.order_id, entry.agent_id, entry.plan_id, -entry.amount, entry.id, undone.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS undone (order_id, at)
JOIN finance_commissionentry AS entry ON entry.order_id = undone.order_id AND entry.reverses_id IS NULL
WHERE NOT EXISTS (SELECT 1 FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id)
ORDER BY entry.id
"""


def follow_stages(actor: Actor, changes: list[StageChange]) -> None:
    """Delivered earns the assignee the amount of the plan valid that day; leaving delivered reverses it.

    Entries are only added; a reversal has the agent, plan and amount of what it reverses, also when the order
    has changed hands since. The caller has locked the orders, so an order is never paid twice.
    """
    undone = [c for c in changes if c.old_stage is Stage.DELIVERED and c.new_stage is not Stage.DELIVERED]
    done = [
        (c, c.assignee_id)
        for c in changes
        if c.new_stage is Stage.DELIVERED and c.old_stage is not Stage.DELIVERED and c.assignee_id
    ]
    if undone:
        _run(REVERSE, [[c.order_id for c in undone], [c.at for c in undone]])
    if done:
        _run(
            EARN,
            [
                [c.order_id for c, _agent in done],
                [agent for _c, agent in done],
                [c.at for c, _agent in done],
                [day_of(c.at) for c, _agent in done],
            ],
        )


def _run(statement: str, columns: list[list[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)
