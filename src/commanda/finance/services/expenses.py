"""Expenses: added, never deleted; a recurring one is stopped, a mistaken one made void or replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record, record_many
from commanda.catalog.models import Product
from commanda.finance.locks import lock_expense
from commanda.finance.models import Expense, ExpenseShare
from commanda.finance.services.checks import checked_amount, checked_day
from commanda.finance.services.receipts import keep_receipts, read_receipts
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work

HIGHEST_EXPENSE = 1_000_000
MAX_NOTE = 300
MAX_SHARES = 50
LONGEST_DAYS = 3_660
DAYS_AHEAD = 366
RATIO = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ExpenseData:
    """An expense as it is typed: see `Expense`. `shares` are ratios by product id, adding up to 1."""

    kind: str
    amount: Decimal
    spent_on: date
    every: str = Expense.Every.ONCE
    last_on: date | None = None
    share: str = Expense.Share.REVENUE
    product_id: int | None = None
    shares: Mapping[int, Decimal] = field(default_factory=dict)
    note: str = ""

    @property
    def is_recurring(self) -> bool:
        return self.every != Expense.Every.ONCE


def add_expense(*, actor: Actor, files: "Sequence[File[Any]]" = (), **fields: Any) -> Expense:
    """Write down money spent, MAD; `fields` are those of `ExpenseData`, `files` its receipts.

    Raises `Invalid` for an unknown kind or product, an amount that is not positive, a one-off expense of a day to
    come, an end before the beginning, shares that are not the whole, a receipt that cannot be read.
    """
    return add_expenses(actor=actor, expenses=[ExpenseData(**fields)], files=files)[0]


def add_expenses(
    *, actor: Actor, expenses: Sequence[ExpenseData], files: "Sequence[File[Any]]" = (), replaces_id: int | None = None
) -> list[Expense]:
    """Write down several, all or none; `files` and `replaces_id` belong to the first. Raises as `add_expense` does."""
    actor.require(Perm.FINANCE_EDIT)
    if not expenses:
        return []
    checked = [checked_expense(data) for data in expenses]
    _refuse_unknown_products(checked)
    contents = read_receipts(files)
    with unit_of_work():
        rows = [_row(actor, data) for data in checked]
        rows[0].replaces_id = replaces_id
        Expense.objects.bulk_create(rows)
        ExpenseShare.objects.bulk_create(
            ExpenseShare(expense=row, product_id=pk, ratio=ratio)
            for row, data in zip(rows, checked, strict=True)
            for pk, ratio in data.shares.items()
        )
        record_many(
            actor=actor,
            name="finance.expense_added",
            subject="finance.expense",
            entries=[(row.pk, _facts(row, data)) for row, data in zip(rows, checked, strict=True)],
        )
        if contents:
            keep_receipts(actor, rows[0], contents)
    return rows


def correct_expense(*, actor: Actor, expense_id: int, data: ExpenseData, reason: str) -> Expense:
    """Replace a mistaken expense by another: the old one becomes void and stays. Locks it.

    Its receipts go with the new one. Raises as `add_expense` and `void_expense` do.
    """
    actor.require(Perm.FINANCE_EDIT)
    with unit_of_work():
        old = void_expense(actor=actor, expense_id=expense_id, reason=reason)
        (new,) = add_expenses(actor=actor, expenses=[data], replaces_id=old.pk)
        old.receipts.update(expense=new)
    return new


def stop_expense(*, actor: Actor, expense_id: int, last_on: date) -> Expense:
    """End a recurring expense: `last_on` is the last day it costs anything. Locks it.

    May be earlier or later than an end it has. Raises `Invalid` for a day before it began or too far ahead, `Conflict`
    when it is void or not recurring, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    day = checked_day(last_on, field="last_on", days_ahead=LONGEST_DAYS)
    with unit_of_work():
        expense = lock_expense(actor, expense_id)
        if expense.is_void or not expense.is_recurring:
            raise Conflict(_("Only a recurring expense that is not void can be stopped."), code="not_recurring")
        if day < expense.spent_on:
            raise Invalid(_("It begins after that day. Make it void instead."), field="last_on", code="before_begin")
        if day == expense.last_on:
            return expense
        old, expense.last_on = expense.last_on, day
        expense.save(update_fields=["last_on"])
        record(
            actor=actor,
            name="finance.expense_stopped",
            subject="finance.expense",
            subject_id=expense.pk,
            changes={"last_on": [old and old.isoformat(), day.isoformat()], "amount": str(expense.amount)},
        )
    return expense


def void_expense(*, actor: Actor, expense_id: int, reason: str) -> Expense:
    """Make an expense count for nothing; it stays in the list. Locks it.

    Raises `Invalid` without a reason, `Conflict` when it is void already, `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    why = reason.strip()[:MAX_NOTE]
    if not why:
        raise Invalid(_("Say why, for those who read the history later."), field="reason", code="reason_needed")
    with unit_of_work():
        expense = lock_expense(actor, expense_id)
        if expense.is_void:
            raise Conflict(_("This expense is void already."), code="already_void")
        expense.is_void, expense.void_reason = True, why
        expense.save(update_fields=["is_void", "void_reason"])
        record(
            actor=actor,
            name="finance.expense_voided",
            subject="finance.expense",
            subject_id=expense.pk,
            changes={"is_void": [False, True], "amount": str(expense.amount)},
            reason=why,
        )
    return expense


def checked_expense(data: ExpenseData) -> ExpenseData:
    """The expense with its amount to the centime; products are not looked up. Raises `Invalid`."""
    for name, values, text in (
        ("kind", Expense.Kind.values, _("Choose a kind of expense.")),
        ("every", Expense.Every.values, _("Choose how often it is spent.")),
        ("share", Expense.Share.values, _("Choose how it is shared out.")),
    ):
        if getattr(data, name) not in values:
            raise Invalid(text, field=name, code=f"unknown_{name}")
    spent_on = checked_day(data.spent_on, field="spent_on", days_ahead=DAYS_AHEAD if data.is_recurring else 0)
    return ExpenseData(
        kind=data.kind,
        amount=checked_amount(data.amount, field="amount", highest=HIGHEST_EXPENSE, is_positive=True),
        spent_on=spent_on,
        every=data.every,
        last_on=_checked_end(data, spent_on),
        share=data.share,
        product_id=data.product_id,
        shares=_checked_shares(data),
        note=data.note.strip()[:MAX_NOTE],
    )


def _checked_end(data: ExpenseData, spent_on: date) -> date | None:
    if data.last_on is None or (data.last_on == spent_on and not data.is_recurring):
        return None
    if data.last_on < spent_on:
        raise Invalid(_("The last day is before the first."), field="last_on", code="ends_before")
    if data.last_on > spent_on + timedelta(days=LONGEST_DAYS):
        raise Invalid(_("This date is too far ahead."), field="last_on", code="bad_date")
    return data.last_on


def _checked_shares(data: ExpenseData) -> dict[int, Decimal]:
    if not data.shares:
        return {}
    ratios = list(data.shares.values())
    if data.product_id is not None or len(ratios) < 2 or len(ratios) > MAX_SHARES:
        text = _("Choose one product, or parts of %(least)s to %(most)s products.")
        raise Invalid(text, field="shares", code="bad_shares", least=2, most=MAX_SHARES)
    if any(not ratio.is_finite() or ratio <= 0 or ratio != ratio.quantize(RATIO) for ratio in ratios):
        raise Invalid(_("A part is a percentage above 0 with at most two decimals."), field="shares", code="bad_shares")
    whole = sum(ratios, Decimal(0))
    if whole != 1:
        raise Invalid(
            _("The parts add up to %(sum)s %%. They must be 100 %% together."),
            field="shares",
            code="bad_shares",
            sum=f"{(whole * 100).normalize():f}",
        )
    return dict(sorted(data.shares.items()))


def _refuse_unknown_products(expenses: Sequence[ExpenseData]) -> None:
    wanted = {pk for data in expenses for pk in data.shares} | {
        data.product_id for data in expenses if data.product_id is not None
    }
    if wanted and Product.objects.filter(pk__in=wanted).count() < len(wanted):
        raise Invalid(_("This product does not exist."), field="product", code="unknown_product")


def _row(actor: Actor, data: ExpenseData) -> Expense:
    return Expense(
        kind=data.kind,
        amount=data.amount,
        every=data.every,
        spent_on=data.spent_on,
        last_on=data.last_on,
        share=data.share,
        product_id=data.product_id,
        note=data.note,
        made_by_id=actor.user_id,
        created_at=now(),
    )


def _facts(row: Expense, data: ExpenseData) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": row.kind,
        "amount": str(row.amount),
        "every": row.every,
        "spent_on": row.spent_on.isoformat(),
        "last_on": row.last_on and row.last_on.isoformat(),
        "share": row.share,
        "product": row.product_id,
        "shares": {str(pk): str(ratio) for pk, ratio in data.shares.items()},
        "replaces": row.replaces_id,
        "note": row.note,
    }
    return {name: value for name, value in facts.items() if value not in (None, "", {})}
