"""Commissions follow the orders: effect handler of `orders.effects.commission_follows`."""

from commanda.finance.models import CommissionEntry, CommissionPlan
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_of
from commanda.orders.effects import StageChange
from commanda.orders.stages import Stage


def follow_stages(actor: Actor, changes: list[StageChange]) -> None:
    """Delivered earns the assignee the amount of the plan valid that day; leaving delivered reverses it.

    Entries are only added. The order is locked by the caller, so an order is never paid twice.
    """
    _earn([c for c in changes if c.new_stage is Stage.DELIVERED and c.assignee_id])
    _reverse([c for c in changes if c.old_stage is Stage.DELIVERED])


def _earn(changes: list[StageChange]) -> None:
    if not changes:
        return
    plans = list(CommissionPlan.objects.order_by("-valid_from_on"))
    entries = []
    for change in changes:
        plan = next((plan for plan in plans if plan.valid_from_on <= day_of(change.at)), None)
        if plan is not None and plan.delivered_amount:
            entries.append(
                CommissionEntry(
                    order_id=change.order_id,
                    agent_id=change.assignee_id,
                    plan=plan,
                    amount=plan.delivered_amount,
                    made_at=change.at,
                )
            )
    CommissionEntry.objects.bulk_create(entries)


def _reverse(changes: list[StageChange]) -> None:
    at = {change.order_id: change.at for change in changes}
    if not at:
        return
    standing = CommissionEntry.objects.filter(order_id__in=at, reverses=None, reversal=None)
    CommissionEntry.objects.bulk_create(
        [
            CommissionEntry(
                order_id=entry.order_id,
                agent_id=entry.agent_id,
                plan_id=entry.plan_id,
                amount=-entry.amount,
                reverses=entry,
                made_at=at[entry.order_id],
            )
            for entry in standing
        ]
    )
