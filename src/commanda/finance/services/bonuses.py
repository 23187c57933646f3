"""Bonuses of a month, computed when it is over and again when late news came: only differences are written."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.finance.bonus import Bonus, bonus_of, numbers_of
from commanda.finance.locks import hold_bonuses
from commanda.finance.models import CommissionEntry, CommissionPlan, Trigger
from commanda.finance.months import Month, month_of
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work


@dataclass(frozen=True, slots=True)
class BonusRun:
    """How many agents have a bonus for the month, MAD in all, and how many entries were written to get there."""

    agents: int
    amount: Decimal
    written: int


def compute_bonuses(*, actor: Actor, month_on: date) -> BonusRun:
    """Write what agents earned by the tiers in the month of a day that is over, by the version valid on its last day.

    Where an agent's bonus is not what stands, the standing one is reversed and the new one added, with the numbers it
    comes from; so a second run writes nothing. One runs at a time. Raises `Invalid` for a month that is not over.
    """
    actor.require(Perm.FINANCE_EDIT)
    month = month_of(month_on)
    if month.last >= today():
        raise Invalid(_("This month is not over. Its bonuses are computed when it is."), field="month", code="not_over")
    with unit_of_work():
        hold_bonuses()
        plan = CommissionPlan.objects.filter(valid_from_on__lte=month.last).first()
        tiers = list(plan.tiers.order_by("position")) if plan else []
        due = {
            agent_id: bonus
            for agent_id, numbers in (numbers_of(month) if tiers else {}).items()
            if (bonus := bonus_of(tiers, numbers)) is not None
        }
        written = _write(month, plan, due) if plan else 0
        if written:
            record(
                actor=actor,
                name="finance.bonuses_computed",
                subject="finance.commission_month",
                subject_id=month.first.year * 100 + month.first.month,
                changes={"written": [0, written]},
            )
    return BonusRun(len(due), sum((bonus.amount for bonus in due.values()), Decimal(0)), written)


def _write(month: Month, plan: CommissionPlan, due: dict[int, Bonus]) -> int:
    """Reverse what is not due any more and add what is; the number of entries."""
    entries = list(CommissionEntry.objects.filter(trigger=Trigger.BONUS, month_on=month.first).order_by("pk"))
    undone = {entry.reverses_id for entry in entries} - {None}
    standing = {entry.agent_id: entry for entry in entries if entry.reverses_id is None and entry.pk not in undone}
    times = Counter(entry.agent_id for entry in entries if entry.reverses_id is not None)
    at = now()
    new: list[CommissionEntry] = []
    for agent_id in sorted({*standing, *due}):
        old, bonus = standing.get(agent_id), due.get(agent_id)
        if old is not None and bonus is not None and old.amount == bonus.amount:
            continue
        if old is not None:
            times[agent_id] += 1
            new.append(_reversal(old, at))
        if bonus is not None:
            new.append(_earned(month, plan, agent_id, bonus, 1 + times[agent_id], at))
    CommissionEntry.objects.bulk_create(new)
    return len(new)


def _reversal(old: CommissionEntry, at: datetime) -> CommissionEntry:
    return CommissionEntry(
        agent_id=old.agent_id,
        plan_id=old.plan_id,
        trigger=Trigger.BONUS,
        units_qty=old.units_qty,
        amount=-old.amount,
        nth=old.nth,
        month_on=old.month_on,
        reverses=old,
        made_at=at,
    )


def _earned(month: Month, plan: CommissionPlan, agent_id: int, bonus: Bonus, nth: int, at: datetime) -> CommissionEntry:
    return CommissionEntry(
        agent_id=agent_id,
        plan=plan,
        trigger=Trigger.BONUS,
        units_qty=bonus.numbers.delivered,
        amount=bonus.amount,
        nth=nth,
        month_on=month.first,
        facts=bonus.facts,
        made_at=at,
    )
