"""Versions of the commission plan: written as drafts, begun on a day, frozen once somebody has earned by them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.finance.locks import hold_commissions, lock_plan
from commanda.finance.models import CommissionEntry, CommissionLine, CommissionPlan, CommissionTier, Trigger
from commanda.finance.services.checks import checked_day
from commanda.finance.services.plan_checks import LineData, TierData, checked_fields, checked_lines, checked_tiers
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_start
from commanda.kernel.errors import Conflict
from commanda.kernel.transaction import unit_of_work

PLAN_FIELDS: Final = (
    "name",
    "confirmed_amount",
    "delivered_amount",
    "upsell_amount",
    "keeps_confirmed",
    "month_cap_amount",
)
LINE_FIELDS: Final = (
    "trigger",
    "agent_id",
    "product_id",
    "offer_variant_id",
    "offer_qty",
    "offer_label",
    "amount",
    "ratio",
    "cap_amount",
)
TIER_FIELDS: Final = ("delivered_qty", "delivery_rate", "confirmation_rate", "per_order_amount", "fixed_amount")


@dataclass(frozen=True, slots=True)
class PlanData:
    """A version as typed: general amounts MAD, the lines first to last, the tiers."""

    name: str
    delivered_amount: Decimal
    confirmed_amount: Decimal = Decimal(0)
    upsell_amount: Decimal = Decimal(0)
    keeps_confirmed: bool = True
    month_cap_amount: Decimal | None = None
    lines: Sequence[LineData] = field(default_factory=tuple)
    tiers: Sequence[TierData] = field(default_factory=tuple)


def save_commission_plan(*, actor: Actor, name: str, delivered_amount: Decimal, valid_from_on: date) -> CommissionPlan:
    """Say what an agent earns per delivered order from a day on, MAD, and nothing else: the simplest version.

    A version that begins on the same day and by which nobody has earned is replaced. What was earned never changes:
    raises `Conflict` when commissions stand since that day. Holds earning while it compares. Raises `Invalid` for
    an empty name, an absurd amount or day.
    """
    actor.require(Perm.FINANCE_EDIT)
    with unit_of_work():
        hold_commissions()
        same_day = CommissionPlan.objects.filter(valid_from_on=valid_from_on).first()
        if same_day is not None:
            _refuse_earned_since(valid_from_on)
        data = PlanData(name=name, delivered_amount=delivered_amount)
        plan = save_plan(actor=actor, plan_id=same_day.pk if same_day else None, data=data)
        if same_day is None:
            begin_plan(actor=actor, plan_id=plan.pk, valid_from_on=valid_from_on)
            plan.refresh_from_db()
    return plan


def save_plan(*, actor: Actor, data: PlanData, plan_id: int | None = None) -> CommissionPlan:
    """Make a draft, or change a version that nobody has earned by; its day stays. Holds earning while it compares.

    Raises `NotFound`, `Conflict` for a frozen version, and `Invalid` with the field: `lines-2-amount` is the amount
    of the third line.
    """
    actor.require(Perm.FINANCE_EDIT)
    fields = checked_fields({name: getattr(data, name) for name in PLAN_FIELDS})
    lines, tiers = checked_lines(data.lines), checked_tiers(data.tiers)
    with unit_of_work():
        hold_commissions()
        plan = CommissionPlan() if plan_id is None else lock_plan(plan_id)
        _refuse_used(plan)
        before = None if plan_id is None else describe(plan)
        for name, value in fields.items():
            setattr(plan, name, value)
        plan.save()
        plan.lines.all().delete()
        plan.tiers.all().delete()
        CommissionLine.objects.bulk_create(
            CommissionLine(plan=plan, position=place, **{name: getattr(line, name) for name in LINE_FIELDS})
            for place, line in enumerate(lines, 1)
        )
        CommissionTier.objects.bulk_create(
            CommissionTier(plan=plan, position=place, **{name: getattr(tier, name) for name in TIER_FIELDS})
            for place, tier in enumerate(tiers, 1)
        )
        _record(actor, "finance.plan_saved", plan, before, describe(plan))
    return plan


def copy_plan(*, actor: Actor, plan_id: int) -> CommissionPlan:
    """A draft that says what another version says; how a version that is frozen gets its successor."""
    actor.require(Perm.FINANCE_EDIT)
    with unit_of_work():
        return save_plan(actor=actor, data=data_of(lock_plan(plan_id)))


def begin_plan(*, actor: Actor, plan_id: int, valid_from_on: date) -> CommissionPlan:
    """Let a version count from a day on, until the next one begins. Holds earning while it compares.

    Raises `NotFound`, `Invalid` for an absurd day, and `Conflict` when the version is frozen, when commissions were
    earned since that day, or when another version begins on it.
    """
    actor.require(Perm.FINANCE_EDIT)
    day = checked_day(valid_from_on, field="valid_from_on")
    with unit_of_work():
        hold_commissions()
        plan = lock_plan(plan_id)
        _refuse_used(plan)
        _refuse_earned_since(day)
        if CommissionPlan.objects.filter(valid_from_on=day).exclude(pk=plan.pk).exists():
            raise Conflict(
                _("Another version begins on that day. Choose another day, or remove that version first."),
                code="day_taken",
                field="valid_from_on",
            )
        old, plan.valid_from_on = plan.valid_from_on, day
        plan.save(update_fields=["valid_from_on"])
        changes = {"valid_from_on": [old and old.isoformat(), day.isoformat()]}
        record(
            actor=actor,
            name="finance.plan_begun",
            subject="finance.commission_plan",
            subject_id=plan.pk,
            changes=changes,
        )
    return plan


def remove_plan(*, actor: Actor, plan_id: int) -> None:
    """Forget a version that nobody has earned by. Raises `NotFound` and `Conflict`."""
    actor.require(Perm.FINANCE_EDIT)
    with unit_of_work():
        hold_commissions()
        plan = lock_plan(plan_id)
        _refuse_used(plan)
        _record(actor, "finance.plan_removed", plan, describe(plan), None)
        plan.delete()


def data_of(plan: CommissionPlan) -> PlanData:
    """What a version says, as it would be typed. Two queries."""
    return PlanData(
        **{name: getattr(plan, name) for name in PLAN_FIELDS},
        lines=[
            LineData(**{name: getattr(line, name) for name in LINE_FIELDS if name != "trigger"}, trigger=line.trigger)
            for line in plan.lines.order_by("position")
        ],
        tiers=[
            TierData(**{name: getattr(tier, name) for name in TIER_FIELDS}) for tier in plan.tiers.order_by("position")
        ],
    )


def describe(plan: CommissionPlan) -> dict[str, Any]:
    """What a version says, for the audit."""
    data = data_of(plan)
    told: dict[str, Any] = {name: _told(getattr(data, name)) for name in PLAN_FIELDS}
    told["lines"] = [{name: _told(getattr(line, name)) for name in LINE_FIELDS} for line in data.lines]
    told["tiers"] = [{name: _told(getattr(tier, name)) for name in TIER_FIELDS} for tier in data.tiers]
    return told


def _told(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _record(
    actor: Actor, name: str, plan: CommissionPlan, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    old, new = before or {}, after or {}
    changes = {key: [old.get(key), new.get(key)] for key in {**old, **new} if old.get(key) != new.get(key)}
    if changes:
        record(actor=actor, name=name, subject="finance.commission_plan", subject_id=plan.pk, changes=changes)


def _refuse_used(plan: CommissionPlan) -> None:
    if plan.pk and CommissionEntry.objects.filter(plan=plan).exists():
        raise Conflict(
            _("Somebody has earned by this version, so it stays as it is. Copy it and begin the copy on a later day."),
            code="plan_frozen",
        )


def _refuse_earned_since(day: date) -> None:
    earned = CommissionEntry.objects.filter(made_at__gte=day_start(day), reverses=None)
    if earned.exclude(trigger=Trigger.BONUS).exists():
        raise Conflict(
            _("Commissions were earned since that day. Choose a later day; what was earned stays."),
            code="plan_used",
            field="valid_from_on",
        )
