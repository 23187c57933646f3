"""Reads of statements. An agent sees own ones that were approved."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from commanda.accounts.permissions import Perm
from commanda.finance.models import CommissionEntry, CommissionStatement, StatementEntry, Trigger
from commanda.kernel.actor import Actor


def statements(actor: Actor, *, agent_id: int | None = None, state: str = "") -> QuerySet[CommissionStatement]:
    """Those the actor may see, the latest first."""
    rows = CommissionStatement.objects.visible_to(actor).select_related("agent")
    if agent_id is not None:
        rows = rows.filter(agent_id=agent_id)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-last_on", "-pk")


def statement(actor: Actor, statement_id: int) -> CommissionStatement | None:
    """One with the people of its steps, or None."""
    rows = statements(actor).select_related("made_by", "approved_by", "paid_by")
    return rows.filter(pk=statement_id).first()


def statement_entries(actor: Actor, statement_id: int) -> QuerySet[CommissionEntry]:
    """Its entries in the order of the ledger."""
    rows = CommissionEntry.objects.visible_to(actor).filter(statement_entry__statement_id=statement_id)
    return rows.select_related("order", "reverses").order_by("pk")


def statement_sums(actor: Actor, statement_id: int) -> dict[str, Any]:
    """Trigger → `earned`, `back`, `total` (MAD) and `number` of entries. One query."""
    rows = (
        statement_entries(actor, statement_id)
        .order_by()
        .values("trigger")
        .annotate(
            earned=Sum("amount", filter=Q(reverses=None), default=Decimal(0)),
            back=Sum("amount", filter=Q(reverses__isnull=False), default=Decimal(0)),
            total=Sum("amount"),
            number=Count("pk"),
        )
    )
    found = {row["trigger"]: row for row in rows}
    return {trigger: found[trigger] for trigger in Trigger.values if trigger in found}


def state_sums(actor: Actor) -> dict[str, tuple[int, Decimal]]:
    """State → how many statements, MAD together. One query."""
    rows = CommissionStatement.objects.visible_to(actor).order_by().values("state")
    found = {
        row["state"]: (row["how_many"], row["total"])
        for row in rows.annotate(how_many=Count("pk"), total=Sum("total_amount"))
    }
    return {state: found.get(state, (0, Decimal(0))) for state in CommissionStatement.State.values}


def entries_left(actor: Actor, *, agent_id: int | None = None) -> tuple[int, Decimal]:
    """How many entries stand on no statement yet, and MAD together; of one agent or of all. One query."""
    if not actor.can(Perm.FINANCE_VIEW):
        return 0, Decimal(0)
    rows = CommissionEntry.objects.visible_to(actor).filter(
        ~Exists(StatementEntry.objects.filter(entry_id=OuterRef("pk")))
    )
    if agent_id is not None:
        rows = rows.filter(agent_id=agent_id)
    found = rows.order_by().aggregate(number=Count("pk"), total=Sum("amount", default=Decimal(0)))
    return found["number"], found["total"]
