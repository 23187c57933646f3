"""Commission plans: dated, and frozen once somebody has earned by them."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.finance.locks import hold_commissions
from commanda.finance.models import CommissionEntry, CommissionPlan
from commanda.finance.services.checks import checked_amount, checked_day
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_start
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work

HIGHEST_COMMISSION = 10_000


def save_commission_plan(*, actor: Actor, name: str, delivered_amount: Decimal, valid_from_on: date) -> CommissionPlan:
    """Say what an agent earns per delivered order from a day on, MAD.

    Each change is a new plan with its own first day; a plan that begins on the same day and by which nobody
    has earned is replaced. What was earned never changes: raises `Conflict` when commissions stand since
    that day. Holds earning while it compares. Raises `Invalid` for an empty name, an absurd amount or day.
    """
    actor.require(Perm.FINANCE_EDIT)
    if not name.strip():
        raise Invalid(_("Give the plan a name."), field="name", code="no_name")
    day = checked_day(valid_from_on, field="valid_from_on")
    amount = checked_amount(delivered_amount, field="delivered_amount", highest=HIGHEST_COMMISSION)
    with unit_of_work():
        hold_commissions()
        if CommissionEntry.objects.filter(made_at__gte=day_start(day)).exists():
            raise Conflict(
                _("Commissions were earned since that day. Choose a later day; what was earned stays."),
                code="plan_used",
                field="valid_from_on",
            )
        plan = CommissionPlan.objects.filter(valid_from_on=day).first()
        old = None if plan is None else str(plan.delivered_amount)
        plan = plan or CommissionPlan(valid_from_on=day)
        plan.name = name.strip()[:80]
        plan.delivered_amount = amount
        plan.save()
        record(
            actor=actor,
            name="finance.plan_saved",
            subject="finance.commission_plan",
            subject_id=plan.pk,
            changes={
                "name": plan.name,
                "delivered_amount": [old, str(amount)],
                "valid_from_on": day.isoformat(),
            },
        )
    return plan
