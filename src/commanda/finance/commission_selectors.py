"""Reads of commissions. What the actor may not see is not there; an agent reads own entries, never a plan."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from commanda.accounts.permissions import Perm
from commanda.finance.commission_sql import DONE_ROWS, PLAN_OF_DAY, Done, done_rows, earnings
from commanda.finance.models import CommissionEntry, CommissionLine, CommissionPlan, Trigger
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_range, now, today
from commanda.orders.models import Order
from commanda.orders.stages import Stage

EXPECTED = f"""
{
    earnings(
        f'''
    SELECT done.order_id, done.agent_id, done.trigger, plan.id AS plan_id, done.at, done.month_on, done.month_start,
           done.month_end
    FROM {DONE_ROWS} {PLAN_OF_DAY}
    '''
    )
}
SELECT COALESCE(sum(amount), 0), count(DISTINCT order_id) FILTER (WHERE amount > 0) FROM earned
"""  # noqa: S608 - put together from constants only
MOST_EXPECTED = 5000


@dataclass(frozen=True, slots=True)
class AgentCommission:
    """One agent's entries in a period: MAD earned, MAD reversed (negative), their sum, orders paid."""

    agent_id: int
    agent_name: str
    earned_amount: Decimal
    reversed_amount: Decimal
    total_amount: Decimal
    orders: int


@dataclass(frozen=True, slots=True)
class TriggerSum:
    """What a trigger came to: MAD earned less reversed, and how often it stands (orders, or units of upsells)."""

    trigger: Trigger
    amount: Decimal
    number: int


@dataclass(frozen=True, slots=True)
class OrderCommission:
    """What an order has earned for its delivery so far, MAD, and what it would earn if it were delivered today."""

    earned_amount: Decimal
    next_amount: Decimal


@dataclass(frozen=True, slots=True)
class Expected:
    """What orders on the road would earn if all arrived today, MAD, and how many they are."""

    amount: Decimal
    orders: int


def commission_plans(actor: Actor) -> QuerySet[CommissionPlan]:
    """Versions, drafts first, then the latest; each with `is_used`: somebody has earned by it."""
    return (
        CommissionPlan.objects.visible_to(actor)
        .annotate(
            is_used=Exists(CommissionEntry.objects.filter(plan=OuterRef("pk"))),
            lines_qty=Count("lines", distinct=True),
            tiers_qty=Count("tiers", distinct=True),
        )
        .order_by("-valid_from_on", "-pk")
    )


def commission_plan(actor: Actor, plan_id: int) -> CommissionPlan | None:
    """One version with its lines and tiers, and `is_used`. Three queries."""
    lines = CommissionLine.objects.visible_to(actor).select_related("agent", "product").order_by("position")
    return commission_plans(actor).prefetch_related(Prefetch("lines", lines), "tiers").filter(pk=plan_id).first()


def current_plan(actor: Actor) -> CommissionPlan | None:
    """The version valid today."""
    return CommissionPlan.objects.visible_to(actor).filter(valid_from_on__lte=today()).first()


def commission_of_order(actor: Actor, order_id: int, assignee_id: int | None) -> OrderCommission | None:
    """For those who see all commissions, and for the agent whose own it is; None for others. Two queries."""
    is_own = assignee_id is not None and assignee_id == actor.user_id and actor.can(Perm.COMMISSION_VIEW_OWN)
    if not (actor.can(Perm.FINANCE_VIEW) or is_own):
        return None
    rows = CommissionEntry.objects.visible_to(actor).filter(order_id=order_id).exclude(trigger=Trigger.CONFIRMED)
    earned = rows.aggregate(total=Sum("amount"))["total"]
    expected = _expected([(order_id, assignee_id)] if assignee_id else [])
    return OrderCommission(earned or Decimal(0), expected.amount)


def expected_commission(actor: Actor) -> Expected:
    """What the actor's own orders on the road would earn by today's plan. Two queries, at most 5000 orders."""
    if actor.user_id is None or not actor.can(Perm.COMMISSION_VIEW_OWN):
        return Expected(Decimal(0), 0)
    rows = Order.objects.filter(assignee_id=actor.user_id, stage=Stage.SHIPPED).order_by("-pk")
    return _expected([(pk, actor.user_id) for pk in rows.values_list("pk", flat=True)[:MOST_EXPECTED]])


def _expected(orders: list[tuple[int, int]]) -> Expected:
    at = now()
    done = [
        Done(order_id, agent_id, trigger, at)
        for order_id, agent_id in orders
        for trigger in (Trigger.DELIVERED, Trigger.UPSELL)
    ]
    with connection.cursor() as cursor:
        cursor.execute(EXPECTED, done_rows(done))
        amount, number = cursor.fetchone()
    return Expected(amount, number)


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
    """The period's entries summed per agent, the most first. Orders are those paid for their delivery."""
    delivered = Q(trigger=Trigger.DELIVERED)
    rows = (
        commission_entries(actor, first=first, last=last)
        .order_by()
        .values("agent_id", "agent__name")
        .annotate(
            earned=Sum("amount", filter=Q(reverses=None), default=Decimal(0)),
            reversed=Sum("amount", filter=Q(reverses__isnull=False), default=Decimal(0)),
            total=Sum("amount"),
            orders=Count("pk", filter=delivered & Q(reverses=None))
            - Count("pk", filter=delivered & Q(reverses__isnull=False)),
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


def own_commission(actor: Actor, *, first: date, last: date) -> list[TriggerSum]:
    """The actor's own entries of some days by trigger, every trigger named. One query."""
    mine = CommissionEntry.objects.visible_to(actor).filter(agent_id=actor.user_id)
    start, end = day_range(first, last)
    rows = (
        mine.filter(made_at__gte=start, made_at__lt=end)
        .order_by()
        .values("trigger")
        .annotate(
            total=Sum("amount"),
            number=Sum("units_qty", filter=Q(reverses=None), default=0)
            - Sum("units_qty", filter=Q(reverses__isnull=False), default=0),
        )
    )
    found = {row["trigger"]: row for row in rows}
    return [
        TriggerSum(trigger, found[trigger]["total"], found[trigger]["number"])
        if trigger in found
        else TriggerSum(trigger, Decimal(0), 0)
        for trigger in Trigger
    ]
