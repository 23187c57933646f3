"""The only place that locks for finance."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from commanda.catalog.models import Variant
from commanda.finance.models import CommissionPlan, CommissionStatement, Expense, FinanceSheet
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.shipping.models import Carrier


def lock_variants(actor: Actor, variant_ids: Collection[int]) -> dict[int, Variant]:
    """Lock variants in id order, so that two people setting their costs wait for each other.

    Orders that sell them do not wait (the lock leaves the key free). Raises `NotFound` when one is missing.
    """
    rows = (
        Variant.objects.filter(pk__in=variant_ids)
        .select_related("product")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    found = {variant.pk: variant for variant in rows}
    if set(found) != set(variant_ids):
        raise NotFound
    return found


def lock_carrier(carrier_id: int) -> Carrier:
    """Lock one carrier while its fees change. Raises `NotFound`."""
    carrier = Carrier.objects.select_for_update(no_key=True).filter(pk=carrier_id).first()
    if carrier is None:
        raise NotFound
    return carrier


def lock_expense(actor: Actor, expense_id: int) -> Expense:
    """Lock one expense. Raises `NotFound` when it does not exist or is not the actor's to see."""
    rows = Expense.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    expense = rows.filter(pk=expense_id).first()
    if not isinstance(expense, Expense):
        raise NotFound
    return expense


def lock_sheet(actor: Actor, sheet_id: UUID) -> FinanceSheet:
    """Lock a file while it is applied. Raises `NotFound` when it is gone or not the actor's to see."""
    rows = FinanceSheet.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    sheet = rows.filter(pk=sheet_id).first()
    if not isinstance(sheet, FinanceSheet):
        raise NotFound
    return sheet


def hold_expenses() -> None:
    """Let nobody write an expense until this transaction ends: a file and what stands there can be compared."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE finance_expense IN SHARE ROW EXCLUSIVE MODE")


def hold_commissions() -> None:
    """Let nobody earn until this transaction ends: what was earned and the plans can be compared in peace."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE finance_commissionentry IN SHARE ROW EXCLUSIVE MODE")


# Beside the agent's id in the key of an advisory lock: what is counted for one agent.
EARNING_AGENT = 0x0C0C

CAPPED_AGENTS = """
SELECT pg_advisory_xact_lock(%s, agent_id::int) FROM (
    SELECT DISTINCT agent_id FROM unnest(%s::bigint[]) AS agent_id ORDER BY agent_id
) AS agents
WHERE EXISTS (SELECT FROM finance_commissionplan WHERE month_cap_amount IS NOT NULL)
"""


def lock_capped_agents(agent_ids: Collection[int]) -> None:
    """Let these agents earn in no other transaction until this one ends; nobody waits while no plan has a cap."""
    with connection.cursor() as cursor:
        cursor.execute(CAPPED_AGENTS, [EARNING_AGENT, sorted(agent_ids)])


BONUSES = 0x0C0D


def hold_bonuses() -> None:
    """Let nobody else compute bonuses until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BONUSES])


STATEMENTS = 0x0C0E


def hold_statements() -> None:
    """Let nobody else draw up statements until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STATEMENTS])


def lock_plan(plan_id: int) -> CommissionPlan:
    """Lock a version of the plan. Raises `NotFound`."""
    plan = CommissionPlan.objects.select_for_update().filter(pk=plan_id).first()
    if not isinstance(plan, CommissionPlan):
        raise NotFound
    return plan


def lock_statement(actor: Actor, statement_id: int) -> CommissionStatement:
    """Lock a statement of commissions. Raises `NotFound` when it is not the actor's to see."""
    rows = CommissionStatement.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    statement = rows.filter(pk=statement_id).first()
    if statement is None:
        raise NotFound
    return statement
