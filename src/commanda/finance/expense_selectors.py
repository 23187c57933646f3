"""Reads of expenses: what was written down, and what the days of a span cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from commanda.accounts.permissions import Perm
from commanda.audit.models import Event
from commanda.audit.selectors import events_of
from commanda.finance.expense_sql import EXPENSE_DAYS, TYPED, expense_days
from commanda.finance.models import Expense, ExpenseReceipt, ExpenseShare, FinanceSheet
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound

KEYS: Final = {"kind": "kind", "month": "date_trunc('month', day)::date", "expense": "expense_id"}


@dataclass(frozen=True, slots=True)
class ExpenseFilter:
    """Which expenses of the days `first` to `last`; a product's are those that are for it, alone or in part.

    `is_recurring` None takes both. Amounts of a product are its part only.
    """

    first: date
    last: date
    kind: str = ""
    product_id: int | None = None
    is_recurring: bool | None = None


def expenses(actor: Actor, wanted: ExpenseFilter) -> QuerySet[Expense]:
    """Expenses that have a day in the span, void ones included, the newest first; with products and receipts."""
    kept = ExpenseReceipt.objects.filter(removed_at=None).order_by("created_at")
    ends_later = Q(last_on__gte=wanted.first) | Q(last_on=None, spent_on__gte=wanted.first)
    goes_on = Q(last_on=None) & ~Q(every=Expense.Every.ONCE)
    rows = Expense.objects.visible_to(actor).filter(ends_later | goes_on, spent_on__lte=wanted.last)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.product_id is not None:
        in_part = ExpenseShare.objects.filter(expense=OuterRef("pk"), product_id=wanted.product_id)
        rows = rows.filter(Q(product_id=wanted.product_id) | Exists(in_part))
    if wanted.is_recurring is not None:
        once = Q(every=Expense.Every.ONCE)
        rows = rows.filter(~once if wanted.is_recurring else once)
    return (
        rows.select_related("product", "made_by")
        .prefetch_related("shares__product")
        .prefetch_related(Prefetch("receipts", kept))
        .order_by("-spent_on", "-id")
    )


def expense_sums(
    actor: Actor, wanted: ExpenseFilter, *by: str, ids: Collection[int] | None = None
) -> dict[tuple[Any, ...], Decimal]:
    """MAD that the days of the span cost, by `kind`, `month` (its first day) or `expense`; void ones count nothing."""
    if not actor.can(Perm.FINANCE_VIEW):
        return {}
    conditions = {
        "kind = %(kind)s": wanted.kind or None,
        "product_id = %(product)s": wanted.product_id,
        "(every <> 'once') = %(is_recurring)s": wanted.is_recurring,
        "expense_id = ANY(%(ids)s)": None if ids is None else list(ids),
    }
    where = " AND ".join(["true", *(sql for sql, value in conditions.items() if value is not None)])
    keys = ", ".join(KEYS[key] for key in by)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {keys}, sum(amount) FROM ({EXPENSE_DAYS}) AS found WHERE {where} GROUP BY {keys} ORDER BY {keys}",  # noqa: S608
            {
                "first": wanted.first,
                "last": wanted.last,
                "kind": wanted.kind,
                "product": wanted.product_id,
                "is_recurring": wanted.is_recurring,
                "ids": None if ids is None else list(ids),
            },
        )
        return {tuple(keys): amount for *keys, amount in cursor.fetchall()}


def typed_cost(
    amount: Decimal, every: str, spent_on: date, last_on: date | None, *, first: date, last: date
) -> Decimal:
    """MAD that an expense not written down yet would cost on the days `first` to `last`. Arguments are checked ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT COALESCE(sum(amount), 0) FROM ({expense_days(TYPED)}) AS found",  # noqa: S608
            {
                "amount": amount,
                "every": every,
                "spent_on": spent_on,
                "last_on": last_on,
                "first": first,
                "last": last,
            },
        )
        return Decimal(cursor.fetchone()[0])


def get_expense(actor: Actor, expense_id: int) -> Expense:
    """One expense with its products. Raises `NotFound`."""
    rows = Expense.objects.visible_to(actor).select_related("product", "made_by", "replaces", "replacement")
    expense = rows.prefetch_related("shares__product").filter(pk=expense_id).first()
    if expense is None:
        raise NotFound
    return expense


def receipts_of(actor: Actor, expense_id: int) -> QuerySet[ExpenseReceipt]:
    """The receipts of an expense that were not removed, the oldest first."""
    rows = ExpenseReceipt.objects.visible_to(actor).filter(expense_id=expense_id, removed_at=None)
    return rows.select_related("uploaded_by")


def get_receipt(actor: Actor, receipt_id: UUID) -> ExpenseReceipt:
    """One receipt that was not removed. Raises `NotFound`."""
    receipt = ExpenseReceipt.objects.visible_to(actor).filter(pk=receipt_id, removed_at=None).first()
    if receipt is None:
        raise NotFound
    return receipt


def expense_events(actor: Actor, expense_id: int) -> list[Event]:
    """What was done to an expense, the newest first."""
    return list(events_of("finance.expense", expense_id)[:50]) if actor.can(Perm.FINANCE_VIEW) else []


def get_sheet(actor: Actor, sheet_id: UUID, kind: str) -> FinanceSheet:
    """A file between upload and import. Raises `NotFound`."""
    sheet = FinanceSheet.objects.visible_to(actor).filter(pk=sheet_id, kind=kind).first()
    if sheet is None:
        raise NotFound
    return sheet
