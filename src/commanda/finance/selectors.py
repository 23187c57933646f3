"""Reads of money. What the actor may not see is not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.finance.models import CarrierFee, CommissionEntry, CommissionPlan, Expense, ProductCost
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_range, today
from commanda.shipping.models import Carrier


@dataclass(frozen=True, slots=True)
class VariantCosts:
    """A variant with its costs, the newest first; `current` is valid today, `planned` begin later."""

    variant: Variant
    costs: Sequence[ProductCost]
    current: ProductCost | None
    planned: Sequence[ProductCost]


@dataclass(frozen=True, slots=True)
class CarrierFees:
    """A carrier with its fees, the newest first; `current` is valid today, `planned` begin later."""

    carrier: Carrier
    fees: Sequence[CarrierFee]
    current: CarrierFee | None
    planned: Sequence[CarrierFee]


@dataclass(frozen=True, slots=True)
class AgentCommission:
    """One agent's entries in a period: MAD earned, MAD reversed (negative), their sum, orders paid."""

    agent_id: int
    agent_name: str
    earned_amount: Decimal
    reversed_amount: Decimal
    total_amount: Decimal
    orders: int


def product_costs(actor: Actor) -> list[VariantCosts]:
    """Variants on sale or with a cost, by product name, each with its costs. Two queries."""
    if not actor.can(Perm.FINANCE_VIEW):
        return []
    day = today()
    by_variant: dict[int, list[ProductCost]] = {}
    for cost in ProductCost.objects.visible_to(actor).order_by("variant_id", "-valid_from_on"):
        by_variant.setdefault(cost.variant_id, []).append(cost)
    variants = (
        Variant.objects.select_related("product")
        .filter(Q(is_active=True, product__is_active=True) | Q(pk__in=by_variant))
        .order_by("product__name", "pk")
    )
    found = []
    for variant in variants:
        costs = by_variant.get(variant.pk, [])
        valid = [cost for cost in costs if cost.valid_from_on <= day]
        planned = costs[: len(costs) - len(valid)]
        found.append(VariantCosts(variant, costs, valid[0] if valid else None, planned))
    return found


def carrier_fees(actor: Actor) -> list[CarrierFees]:
    """Every carrier with its fees, by name. Two queries."""
    if not actor.can(Perm.FINANCE_VIEW):
        return []
    day = today()
    by_carrier: dict[int, list[CarrierFee]] = {}
    for fee in CarrierFee.objects.visible_to(actor).order_by("carrier_id", "-valid_from_on"):
        by_carrier.setdefault(fee.carrier_id, []).append(fee)
    found = []
    for carrier in Carrier.objects.filter(Q(is_active=True) | Q(pk__in=by_carrier)).order_by("name"):
        fees = by_carrier.get(carrier.pk, [])
        valid = [fee for fee in fees if fee.valid_from_on <= day]
        found.append(CarrierFees(carrier, fees, valid[0] if valid else None, fees[: len(fees) - len(valid)]))
    return found


def expenses(actor: Actor, *, first: date, last: date) -> QuerySet[Expense]:
    """Expenses of the days `first` to `last`, void ones included, the newest first."""
    rows = Expense.objects.visible_to(actor).filter(spent_on__range=(first, last))
    return rows.select_related("product", "made_by").order_by("-spent_on", "-id")


def expense_totals(actor: Actor, *, first: date, last: date) -> dict[str, Decimal]:
    """MAD by kind, largest first, without void expenses."""
    rows = (
        expenses(actor, first=first, last=last)
        .filter(is_void=False)
        .order_by()
        .values("kind")
        .annotate(total=Sum("amount"))
        .order_by("-total")
    )
    return {row["kind"]: row["total"] for row in rows}


def commission_plans(actor: Actor) -> QuerySet[CommissionPlan]:
    """Plans, the latest first, each with `is_used`: somebody has earned by it."""
    return (
        CommissionPlan.objects.visible_to(actor)
        .annotate(is_used=Exists(CommissionEntry.objects.filter(plan=OuterRef("pk"))))
        .order_by("-valid_from_on")
    )


def current_plan(actor: Actor) -> CommissionPlan | None:
    """The plan valid today."""
    return CommissionPlan.objects.visible_to(actor).filter(valid_from_on__lte=today()).first()


@dataclass(frozen=True, slots=True)
class OrderCommission:
    """What an order has earned so far, MAD, and what it would earn if it were delivered today."""

    earned_amount: Decimal
    next_amount: Decimal


def commission_of_order(actor: Actor, order_id: int, assignee_id: int | None) -> OrderCommission | None:
    """For those who see all commissions, and for the agent whose own it is; None for others. Two queries."""
    is_own = assignee_id is not None and assignee_id == actor.user_id and actor.can(Perm.COMMISSION_VIEW_OWN)
    if not (actor.can(Perm.FINANCE_VIEW) or is_own):
        return None
    earned = CommissionEntry.objects.visible_to(actor).filter(order_id=order_id).aggregate(total=Sum("amount"))["total"]
    plan = CommissionPlan.objects.filter(valid_from_on__lte=today()).first() if assignee_id else None
    return OrderCommission(earned or Decimal(0), plan.delivered_amount if plan else Decimal(0))


def commissions_of_order(actor: Actor, order_id: int) -> QuerySet[CommissionEntry]:
    """The entries of an order that the actor may see, newest first."""
    return CommissionEntry.objects.visible_to(actor).filter(order_id=order_id).select_related("agent").order_by("-id")


def commission_entries(
    actor: Actor, *, first: date, last: date, agent_id: int | None = None
) -> QuerySet[CommissionEntry]:
    """Entries made on the days `first` to `last` that the actor may see, the newest first."""
    start, end = day_range(first, last)
    rows = CommissionEntry.objects.visible_to(actor).filter(made_at__gte=start, made_at__lt=end)
    if agent_id is not None:
        rows = rows.filter(agent_id=agent_id)
    return rows.select_related("order", "agent", "plan").order_by("-made_at", "-id")


def commissions_by_agent(actor: Actor, *, first: date, last: date) -> list[AgentCommission]:
    """The period's entries summed per agent, the most first."""
    rows = (
        commission_entries(actor, first=first, last=last)
        .order_by()
        .values("agent_id", "agent__name")
        .annotate(
            earned=Sum("amount", filter=Q(reverses=None), default=Decimal(0)),
            reversed=Sum("amount", filter=Q(reverses__isnull=False), default=Decimal(0)),
            total=Sum("amount"),
            orders=Count("pk", filter=Q(reverses=None)) - Count("pk", filter=Q(reverses__isnull=False)),
        )
        .order_by("-total", "agent__name")
    )
    return [
        AgentCommission(
            row["agent_id"],
            row["agent__name"],
            row["earned"],
            row["reversed"],
            row["total"],
            row["orders"],
        )
        for row in rows
    ]


def months_back(day: date, months: int) -> list[date]:
    """First days of the month of `day` and of the months before it, the latest first."""
    firsts = [day.replace(day=1)]
    while len(firsts) < months:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts
