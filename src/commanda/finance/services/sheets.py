"""Files of costs and expenses: kept between upload and import, applied whole or not at all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.finance.cost_sheet import parse_costs, plan_costs
from commanda.finance.expense_sheet import parse_expenses, plan_expenses
from commanda.finance.locks import hold_expenses, lock_sheet, lock_variants
from commanda.finance.models import FinanceSheet
from commanda.finance.services.costs import set_costs
from commanda.finance.services.expenses import add_expenses
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.text import shorten, strip_marks
from commanda.kernel.transaction import unit_of_work

MAX_BYTES: Final = 5 * 1024 * 1024
KEPT: Final = timedelta(days=1)
Rows = Sequence[Sequence[Any]]


def store_sheet(*, actor: Actor, kind: str, name: str, content: bytes) -> FinanceSheet:
    """Keep a file for a day, until its import; older ones are dropped. Raises `Invalid` for one that is too large."""
    actor.require(Perm.FINANCE_EDIT)
    if len(content) > MAX_BYTES:
        raise Invalid(
            _("The file is larger than %(limit)s MB. Part it into smaller ones."),
            field="file",
            code="too_large",
            limit=MAX_BYTES // 1024 // 1024,
        )
    with unit_of_work():
        FinanceSheet.objects.filter(created_at__lt=now() - KEPT).delete()
        return FinanceSheet.objects.create(
            kind=kind,
            name=shorten(strip_marks(name), 200) or "?",
            content=content,
            uploaded_by_id=actor.user_id,
            created_at=now(),
        )


def apply_costs(*, actor: Actor, sheet_id: UUID, rows: Rows, digest: str) -> int:
    """Set the costs of a file, all or none; returns how many changed. A file applied before changes nothing.

    `rows` are those of the file and `digest` that of the plan that was looked at. Locks the file and the variants.
    Raises `Invalid` when a line is wrong, `Conflict` when the costs have changed since, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    lines = parse_costs(rows)
    with unit_of_work():
        sheet = lock_sheet(actor, sheet_id)
        lock_variants(actor, {line.variant.pk for line in plan_costs(actor, lines).lines if line.variant})
        plan = plan_costs(actor, lines)
        _refuse_wrong(len(plan.wrong))
        if plan.costs:
            _refuse_changed(plan.digest, digest)
            set_costs(actor=actor, costs=plan.costs)
        _applied(sheet)
    return len(plan.costs)


def apply_expenses(*, actor: Actor, sheet_id: UUID, rows: Rows, digest: str) -> int:
    """Write down the expenses of a file, all or none; returns how many. What is written down already is left out.

    Holds all expenses for the moment, so that the same file brought twice at once adds nothing twice. Raises as
    `apply_costs` does.
    """
    actor.require(Perm.FINANCE_EDIT)
    lines = parse_expenses(rows)
    with unit_of_work():
        sheet = lock_sheet(actor, sheet_id)
        hold_expenses()
        plan = plan_expenses(actor, lines)
        _refuse_wrong(len(plan.wrong))
        if plan.expenses:
            _refuse_changed(plan.digest, digest)
            add_expenses(actor=actor, expenses=plan.expenses)
        _applied(sheet)
    return len(plan.expenses)


def _refuse_wrong(count: int) -> None:
    if count:
        raise Invalid(
            _("%(count)s rows are wrong. Nothing was imported: mend them in the file and upload it again."),
            code="wrong_rows",
            count=count,
        )


def _refuse_changed(now_digest: str, seen_digest: str) -> None:
    if now_digest != seen_digest:
        raise Conflict(
            _("Something changed since you looked. Look at the changes again, then import."), code="changed_meanwhile"
        )


def _applied(sheet: FinanceSheet) -> None:
    sheet.applied_at = now()
    sheet.save(update_fields=["applied_at"])
