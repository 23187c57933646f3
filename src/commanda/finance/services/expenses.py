"""Expenses: added, never deleted; a mistaken one is made void."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.catalog.models import Product
from commanda.finance.locks import lock_expense
from commanda.finance.models import Expense
from commanda.finance.services.checks import checked_amount, checked_day
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work

HIGHEST_EXPENSE = 1_000_000
MAX_NOTE = 300


def add_expense(
    *,
    actor: Actor,
    kind: str,
    amount: Decimal,
    spent_on: date,
    product_id: int | None = None,
    note: str = "",
) -> Expense:
    """Write down money spent on a day, MAD; for one product, or for the whole shop.

    Raises `Invalid` for an unknown kind or product, an amount that is not positive, a future day.
    """
    actor.require(Perm.FINANCE_EDIT)
    if kind not in Expense.Kind.values:
        raise Invalid(_("Choose a kind of expense."), field="kind", code="unknown_kind")
    if product_id is not None and not Product.objects.filter(pk=product_id).exists():
        raise Invalid(_("This product does not exist."), field="product", code="unknown_product")
    expense = Expense(
        kind=kind,
        amount=checked_amount(amount, field="amount", highest=HIGHEST_EXPENSE, is_positive=True),
        spent_on=checked_day(spent_on, field="spent_on", days_ahead=0),
        product_id=product_id,
        note=note.strip()[:MAX_NOTE],
        made_by_id=actor.user_id,
        created_at=now(),
    )
    with unit_of_work():
        expense.save()
        record(
            actor=actor,
            name="finance.expense_added",
            subject="finance.expense",
            subject_id=expense.pk,
            changes={
                "kind": expense.kind,
                "amount": str(expense.amount),
                "spent_on": expense.spent_on.isoformat(),
                "product": product_id,
                "note": expense.note,
            },
        )
    return expense


def void_expense(*, actor: Actor, expense_id: int, reason: str) -> Expense:
    """Make an expense count for nothing; it stays in the list. Locks it.

    Raises `Invalid` without a reason, `Conflict` when it is void already, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    if not reason.strip():
        raise Invalid(_("Say why, for those who read the history later."), field="reason", code="reason_needed")
    with unit_of_work():
        expense = lock_expense(actor, expense_id)
        if expense.is_void:
            raise Conflict(_("This expense is void already."), code="already_void")
        expense.is_void = True
        expense.save(update_fields=["is_void"])
        record(
            actor=actor,
            name="finance.expense_voided",
            subject="finance.expense",
            subject_id=expense.pk,
            changes={"is_void": [False, True], "amount": str(expense.amount)},
            reason=reason.strip(),
        )
    return expense
