"""Commissions follow the orders: effect handler of `orders.effects.commission_follows`.

Set-based: one statement reverses, one earns, however many orders move. The plans are read by the statement that
earns, so that a plan saved meanwhile (`hold_commissions`) is either seen or comes after.
"""

from typing import Any, Final

from django.db import connection

from commanda.finance.commission_sql import DONE_ROWS, PLAN_OF_DAY, Done, done_rows, earnings
from commanda.finance.locks import lock_capped_agents
from commanda.finance.models import Trigger
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_of
from commanda.orders.effects import StageChange
from commanda.orders.stages import Stage

# What stands while an order is in a stage. Of a returned one the confirmation stands unless its plan says otherwise.
PAID_IN: Final[dict[Stage, frozenset[Trigger]]] = {
    Stage.CONFIRMED: frozenset({Trigger.CONFIRMED}),
    Stage.SHIPPED: frozenset({Trigger.CONFIRMED}),
    Stage.DELIVERED: frozenset({Trigger.CONFIRMED, Trigger.DELIVERED, Trigger.UPSELL}),
    Stage.RETURNED: frozenset({Trigger.CONFIRMED}),
}
NOTHING: Final[frozenset[Trigger]] = frozenset()

# An order that earned for a trigger n times has n entries with the numbers 1 to n, and n or n - 1 reversals: the next
# number is that of the reversals and one. Where an entry stands it is taken, whatever else was read.
EARN: Final = f"""
{
    earnings(
        f'''
    SELECT done.order_id, done.agent_id, done.trigger, plan.id AS plan_id, done.at, done.month_on, done.month_start,
           done.month_end
    FROM {DONE_ROWS} {PLAN_OF_DAY}
    WHERE NOT EXISTS (
        SELECT FROM finance_commissionentry AS entry
        WHERE entry.order_id = done.order_id AND entry.trigger = done.trigger AND entry.reverses_id IS NULL
          AND NOT EXISTS (SELECT FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id))
      AND (NOT done.again OR EXISTS (
        SELECT FROM finance_commissionentry AS entry
        WHERE entry.order_id = done.order_id AND entry.trigger = done.trigger))
    '''
    )
}
INSERT INTO finance_commissionentry (order_id, agent_id, plan_id, trigger, line_id, units_qty, amount, nth, made_at)
SELECT earned.order_id, earned.agent_id, earned.plan_id, earned.trigger, earned.line_id, earned.units, earned.amount,
       1 + (SELECT count(*) FROM finance_commissionentry AS back
            WHERE back.order_id = earned.order_id AND back.trigger = earned.trigger AND back.reverses_id IS NOT NULL),
       earned.at
FROM earned
WHERE earned.amount > 0
ORDER BY earned.order_id, earned.trigger
ON CONFLICT DO NOTHING
"""  # noqa: S608 - put together from constants only

# What the versions of these days pay for at all: asking costs little beside working nothing out.
PAYING: Final = f"""
SELECT done.trigger, done.day
FROM (SELECT DISTINCT * FROM unnest(%(triggers)s::text[], %(days)s::date[]) AS given (trigger, day)) AS done
{PLAN_OF_DAY}
JOIN finance_commissionplan AS version ON version.id = plan.id
WHERE CASE done.trigger WHEN 'confirmed' THEN version.confirmed_amount WHEN 'delivered' THEN version.delivered_amount
                        ELSE version.upsell_amount END > 0
   OR EXISTS (SELECT FROM finance_commissionline AS line
              WHERE line.plan_id = version.id AND line.trigger = done.trigger)
"""  # noqa: S608 - put together from constants only

REVERSE: Final = """
INSERT INTO finance_commissionentry
    (order_id, agent_id, plan_id, trigger, line_id, units_qty, amount, nth, reverses_id, made_at)
SELECT entry.order_id, entry.agent_id, entry.plan_id, entry.trigger, entry.line_id, entry.units_qty, -entry.amount,
       entry.nth, entry.id, undone.at
FROM unnest(%(orders)s::bigint[], %(triggers)s::text[], %(returned)s::bool[], %(at)s::timestamptz[])
    AS undone (order_id, trigger, is_returned, at)
JOIN finance_commissionentry AS entry
    ON entry.order_id = undone.order_id AND entry.trigger = undone.trigger AND entry.reverses_id IS NULL
JOIN finance_commissionplan AS plan ON plan.id = entry.plan_id
WHERE NOT (undone.is_returned AND plan.keeps_confirmed)
  AND NOT EXISTS (SELECT FROM finance_commissionentry AS back WHERE back.reverses_id = entry.id)
ORDER BY entry.id
ON CONFLICT DO NOTHING
"""


def follow_stages(actor: Actor, changes: list[StageChange]) -> None:
    """Write what orders earn their assignees by entering a stage, and reverse what they lose.

    Confirmed orders earn when they are confirmed and keep it until they are cancelled or go back to be called; what
    comes back keeps it if its plan says so. Delivered orders earn for the delivery and for their upsell units, and
    lose both when they leave that stage. Entries are only added; a reversal has the agent, plan and amount of what
    it reverses, also when the order has changed hands since. The caller has locked the orders; even without, the
    database has each earning once. Where a plan has a cap of the month, agents earn one transaction after another.
    """
    undone = [(change, trigger, is_returned) for change in changes for trigger, is_returned in _lost(change)]
    if undone:
        _run(
            REVERSE,
            {
                "orders": [change.order_id for change, _trigger, _is_returned in undone],
                "triggers": [trigger.value for _change, trigger, _is_returned in undone],
                "returned": [is_returned for _change, _trigger, is_returned in undone],
                "at": [change.at for change, _trigger, _is_returned in undone],
            },
        )
    done = [
        Done(change.order_id, change.assignee_id, trigger, change.at, again)
        for change in changes
        if change.assignee_id is not None
        for trigger, again in _gained(change)
    ]
    paid = _paid(done) if done else []
    if paid:
        lock_capped_agents({each.agent_id for each in paid})
        _run(EARN, done_rows(paid))


def _paid(done: list[Done]) -> list[Done]:
    """Those that the version of their day pays for, whatever it comes to."""
    days = [day_of(each.at) for each in done]
    with connection.cursor() as cursor:
        cursor.execute(PAYING, {"triggers": [each.trigger.value for each in done], "days": days})
        paying = set(cursor.fetchall())
    return [each for each, day in zip(done, days, strict=True) if (each.trigger.value, day) in paying]


def _lost(change: StageChange) -> list[tuple[Trigger, bool]]:
    """Triggers whose entries are reversed, and whether the plan may keep it for the parcel only came back."""
    before = PAID_IN.get(change.old_stage, NOTHING) if change.old_stage else NOTHING
    lost = [(trigger, False) for trigger in before - PAID_IN.get(change.new_stage, NOTHING)]
    if change.new_stage is Stage.RETURNED and Trigger.CONFIRMED in before:
        lost.append((Trigger.CONFIRMED, True))
    return sorted(lost)


def _gained(change: StageChange) -> list[tuple[Trigger, bool]]:
    """Triggers that are earned, and whether only again: a parcel that came back is on its way once more."""
    after = NOTHING if change.new_stage is Stage.RETURNED else PAID_IN.get(change.new_stage, NOTHING)
    before = PAID_IN.get(change.old_stage, NOTHING) if change.old_stage else NOTHING
    gained = [(trigger, False) for trigger in after - before]
    if change.old_stage is Stage.RETURNED and Trigger.CONFIRMED in after:
        gained.append((Trigger.CONFIRMED, True))
    return sorted(gained)


def _run(statement: str, rows: dict[str, list[Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, rows)
