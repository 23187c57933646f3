"""Papers of expenses: what shows that the money was spent."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.finance.locks import lock_expense
from commanda.finance.models import Expense, ExpenseReceipt
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.text import shorten, strip_marks
from commanda.kernel.transaction import unit_of_work
from commanda.orders.attachment_content import MAX_BYTES, content_type_of

MAX_FILES = 10

# Name, content, content type.
Content = tuple[str, bytes, str]


def attach_receipts(*, actor: Actor, expense_id: int, files: "Sequence[File[Any]]") -> list[ExpenseReceipt]:
    """Keep PDFs or pictures with an expense, void or not; all of them or none. Locks the expense.

    Raises `Invalid` for no file, another content, more than 10 MB or more than 10 files, and `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    if not files:
        raise Invalid(_("Choose a file first."), field="receipts", code="no_file")
    contents = read_receipts(files)
    with unit_of_work():
        return keep_receipts(actor, lock_expense(actor, expense_id), contents)


def remove_receipt(*, actor: Actor, receipt_id: UUID, reason: str) -> ExpenseReceipt:
    """Put a receipt away: nobody is given it any more, the audit says who, when and why. Locks its expense.

    Raises `Invalid` without a reason, and `NotFound`.
    """
    actor.require(Perm.FINANCE_EDIT)
    if not reason.strip():
        raise Invalid(_("Say why the file is removed."), field="reason", code="reason_needed")
    with unit_of_work():
        receipt = ExpenseReceipt.objects.visible_to(actor).filter(pk=receipt_id, removed_at=None).first()
        if receipt is None:
            raise NotFound
        lock_expense(actor, receipt.expense_id)
        if ExpenseReceipt.objects.filter(pk=receipt.pk, removed_at=None).update(removed_at=now()):
            _record(actor, "finance.receipt_removed", receipt, reason.strip())
    return receipt


def read_receipts(files: "Sequence[File[Any]]") -> list[Content]:
    """The files with what they are. Raises `Invalid`."""
    if len(files) > MAX_FILES:
        raise _too_many()
    return [_read(file) for file in files]


def keep_receipts(actor: Actor, expense: Expense, contents: Sequence[Content]) -> list[ExpenseReceipt]:
    """Store what was read with an expense that is new or locked, in the caller's transaction. Raises `Invalid`."""
    if expense.receipts.filter(removed_at=None).count() + len(contents) > MAX_FILES:
        raise _too_many()
    return [_keep(actor, expense, content) for content in contents]


def _too_many() -> Invalid:
    return Invalid(_("There are at most %(highest)s files. Remove one first."), field="receipts", highest=MAX_FILES)


def _read(file: "File[Any]") -> Content:
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Invalid(_("The file is larger than 10 MB. Make it smaller and choose it again."), field="receipts")
    content_type = content_type_of(data)
    if content_type is None:
        raise Invalid(
            _("This file cannot be read. Choose a PDF, JPEG, PNG or WebP."), field="receipts", code="unknown_content"
        )
    name = shorten(strip_marks(PurePath((file.name or "").replace("\\", "/")).name), 200)
    return name or "?", data, content_type


def _keep(actor: Actor, expense: Expense, content: Content) -> ExpenseReceipt:
    name, data, content_type = content
    receipt = ExpenseReceipt(
        expense=expense,
        name=name,
        content_type=content_type,
        size=len(data),
        uploaded_by_id=actor.user_id,
        created_at=now(),
    )
    receipt.file.save(name, ContentFile(data), save=False)
    receipt.save(force_insert=True)
    _record(actor, "finance.receipt_added", receipt)
    return receipt


def _record(actor: Actor, name: str, receipt: ExpenseReceipt, reason: str = "") -> None:
    record(
        actor=actor,
        name=name,
        subject="finance.expense",
        subject_id=receipt.expense_id,
        changes={"file": receipt.name},
        reason=reason,
    )
