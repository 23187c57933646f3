"""Statements of commissions: drawn up as drafts, approved, paid. Each step says who and when.

What is approved cannot change and what is paid is history; the database refuses it as well. A reversal of something
paid is an entry like any other: it comes on the next statement, which may come to less than nothing; such a one is
not paid but carried over, and its entries come on the next.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record, record_many
from commanda.finance.locks import hold_statements, lock_statement
from commanda.finance.models import CommissionEntry, CommissionStatement, StatementEntry
from commanda.finance.services.checks import checked_day
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_range, now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work

State = CommissionStatement.State
SUBJECT: Final = "finance.commission_statement"
LONGEST_DAYS: Final = 731

OPEN_DRAFTS: Final = """
INSERT INTO finance_commissionstatement (agent_id, first_on, last_on, state, total_amount, made_by_id, made_at, method,
                                         payment_reference)
SELECT DISTINCT entry.agent_id, %(first)s::date, %(last)s::date, 'draft', 0, %(who)s::bigint, %(at)s::timestamptz,
       '', ''
FROM finance_commissionentry AS entry
WHERE entry.made_at < %(end)s AND (%(agents)s::bigint[] IS NULL OR entry.agent_id = ANY(%(agents)s))
  AND NOT EXISTS (SELECT FROM finance_statemententry AS taken WHERE taken.entry_id = entry.id)
ORDER BY entry.agent_id
ON CONFLICT (agent_id) WHERE state = 'draft' DO NOTHING
"""
FILL_DRAFTS: Final = """
INSERT INTO finance_statemententry (entry_id, statement_id)
SELECT entry.id, draft.id
FROM finance_commissionstatement AS draft JOIN finance_commissionentry AS entry ON entry.agent_id = draft.agent_id
WHERE draft.state = 'draft' AND entry.made_at < %(end)s
  AND (%(agents)s::bigint[] IS NULL OR draft.agent_id = ANY(%(agents)s))
  AND NOT EXISTS (SELECT FROM finance_statemententry AS taken WHERE taken.entry_id = entry.id)
ORDER BY entry.id
"""
# A draft covers what it has been drawn up for, every time.
SUM_DRAFTS: Final = """
UPDATE finance_commissionstatement AS draft
SET total_amount = sums.amount, first_on = LEAST(draft.first_on, %(first)s::date),
    last_on = GREATEST(draft.last_on, %(last)s::date)
FROM (
    SELECT row.statement_id, sum(entry.amount) AS amount
    FROM finance_statemententry AS row
    JOIN finance_commissionentry AS entry ON entry.id = row.entry_id
    JOIN finance_commissionstatement AS open ON open.id = row.statement_id AND open.state = 'draft'
    GROUP BY row.statement_id
) AS sums
WHERE sums.statement_id = draft.id AND draft.state = 'draft'
  AND (%(agents)s::bigint[] IS NULL OR draft.agent_id = ANY(%(agents)s))
RETURNING draft.id, draft.total_amount
"""


@dataclass(frozen=True, slots=True)
class Payment:
    """How a statement was paid."""

    method: str
    paid_on: date
    reference: str = ""


def draw_up_statements(*, actor: Actor, first: date, last: date, agent_ids: Collection[int] | None = None) -> list[int]:
    """Put every entry up to `last` that stands on no statement on its agent's draft; returns the drafts' ids.

    `first` says for which span it is; older entries that were left over (late reversals) come along. An agent has one
    draft at most: drawing up again adds what is new. Four statements for any number of agents and entries. One draws
    up at a time. Raises `Invalid` for an absurd span.
    """
    actor.require(Perm.FINANCE_EDIT)
    checked_day(first, field="first")
    checked_day(last, field="last", days_ahead=0)
    if first > last:
        raise Invalid(_("The last day must not be before the first one."), field="last", code="bad_span")
    if (last - first).days >= LONGEST_DAYS:
        raise Invalid(_("A statement covers two years at most."), field="first", code="bad_span")
    params: dict[str, Any] = {
        "first": first,
        "last": last,
        "end": day_range(last, last)[1],
        "agents": None if agent_ids is None else sorted(agent_ids),
        "who": actor.user_id,
        "at": now(),
    }
    with unit_of_work():
        hold_statements()
        with connection.cursor() as cursor:
            cursor.execute(OPEN_DRAFTS, params)
            cursor.execute(FILL_DRAFTS, params)
            cursor.execute(SUM_DRAFTS, params)
            drawn = cursor.fetchall()
        record_many(
            actor=actor,
            name="finance.statement_drawn_up",
            subject=SUBJECT,
            entries=[(pk, {"total_amount": [None, f"{total:f}"]}) for pk, total in drawn],
        )
    return sorted(pk for pk, _total in drawn)


def discard_statement(*, actor: Actor, statement_id: int) -> None:
    """Forget a draft; its entries are free for the next one. Raises `NotFound`, `Conflict` for one that is no draft."""
    actor.require(Perm.FINANCE_EDIT)
    with unit_of_work():
        statement = lock_statement(actor, statement_id)
        _require_state(statement, State.DRAFT)
        StatementEntry.objects.filter(statement=statement).delete()
        total = f"{statement.total_amount:f}"
        record(
            actor=actor,
            name="finance.statement_discarded",
            subject=SUBJECT,
            subject_id=statement.pk,
            changes={"total_amount": [total, None]},
        )
        statement.delete()


def approve_statement(*, actor: Actor, statement_id: int, expected_amount: Decimal) -> CommissionStatement:
    """Say that a draft is right. From then on nothing of it changes.

    `expected_amount` is the total that the person saw. Raises `NotFound`, and `Conflict` when the statement is no
    draft, has changed meanwhile, or comes to less than nothing.
    """
    actor.require(Perm.FINANCE_EDIT)
    with unit_of_work():
        statement = lock_statement(actor, statement_id)
        _require_state(statement, State.DRAFT)
        _require_total(statement, expected_amount)
        if statement.total_amount < 0:
            raise Conflict(
                _("More was taken back than earned. Discard this draft: its entries come on the next statement."),
                code="statement_negative",
            )
        statement.state = State.APPROVED
        statement.approved_by_id, statement.approved_at = actor.user_id, now()
        statement.save(update_fields=["state", "approved_by", "approved_at"])
        _record_state(actor, "finance.statement_approved", statement, State.DRAFT)
    return statement


def reopen_statement(*, actor: Actor, statement_id: int) -> CommissionStatement:
    """Take an approval back while nothing was paid. Raises `NotFound`, and `Conflict` when it is not approved or the
    agent has another draft."""
    actor.require(Perm.FINANCE_EDIT)
    with unit_of_work():
        hold_statements()
        statement = lock_statement(actor, statement_id)
        _require_state(statement, State.APPROVED)
        if CommissionStatement.objects.filter(agent_id=statement.agent_id, state=State.DRAFT).exists():
            raise Conflict(
                _("This agent has another draft. Discard that one first, then take the approval back."),
                code="other_draft",
            )
        statement.state = State.DRAFT
        statement.approved_by_id, statement.approved_at = None, None
        statement.save(update_fields=["state", "approved_by", "approved_at"])
        _record_state(actor, "finance.statement_reopened", statement, State.APPROVED)
    return statement


def pay_statement(
    *, actor: Actor, statement_id: int, payment: Payment, expected_amount: Decimal
) -> CommissionStatement:
    """Record that an approved statement was paid: how, when, with which reference. It is history then.

    Raises `NotFound`, `Invalid` (`method`, `paid_on`), and `Conflict` when it is not approved or not what was seen.
    """
    actor.require(Perm.FINANCE_EDIT)
    if payment.method not in CommissionStatement.Method.values:
        raise Invalid(_("Choose how it was paid."), field="method", code="no_method")
    checked_day(payment.paid_on, field="paid_on", days_ahead=0)
    with unit_of_work():
        statement = lock_statement(actor, statement_id)
        _require_state(statement, State.APPROVED)
        _require_total(statement, expected_amount)
        statement.state = State.PAID
        statement.paid_by_id, statement.paid_at = actor.user_id, now()
        statement.paid_on, statement.method = payment.paid_on, payment.method
        statement.payment_reference = payment.reference.strip()[:80]
        statement.save(update_fields=["state", "paid_by", "paid_at", "paid_on", "method", "payment_reference"])
        _record_state(actor, "finance.statement_paid", statement, State.APPROVED)
    return statement


def _require_state(statement: CommissionStatement, state: State) -> None:
    if statement.state != state:
        raise Conflict(
            _("This statement is “%(state)s” now. Load the page again."),
            code="statement_state",
            state=statement.get_state_display(),
        )


def _require_total(statement: CommissionStatement, expected: Decimal) -> None:
    """The person saw this total, and the entries still come to it."""
    rows = CommissionEntry.objects.filter(statement_entry__statement=statement)
    present = rows.aggregate(total=Sum("amount", default=Decimal(0)))["total"]
    if not statement.total_amount == expected == present:
        raise Conflict(
            _("The statement has changed since you looked at it. Load the page again."), code="statement_changed"
        )


def _record_state(actor: Actor, name: str, statement: CommissionStatement, old: State) -> None:
    changes: dict[str, Any] = {"state": [old.value, statement.state]}
    if statement.state == State.PAID:
        changes["method"] = [None, statement.method]
        changes["paid_on"] = [None, statement.paid_on.isoformat() if statement.paid_on else None]
        changes["payment_reference"] = [None, statement.payment_reference]
    record(actor=actor, name=name, subject=SUBJECT, subject_id=statement.pk, changes=changes)
