from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.finance.models.cost import FinanceQuerySet
from commanda.finance.models.expense import Expense


def receipts() -> FileSystemStorage:
    """Outside the media folder: a receipt is served only to those who may see the expenses."""
    return FileSystemStorage(
        location=Path(settings.DATA_DIR) / "receipts",
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def _place(receipt: "ExpenseReceipt", name: str) -> str:
    return f"{receipt.pk.hex[:2]}/{receipt.pk.hex}.bin"


class ExpenseReceipt(models.Model):
    """A paper of an expense: a PDF or a picture. A removed one stays in the store, but nobody is given it any more."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    expense = models.ForeignKey(Expense, on_delete=models.PROTECT, related_name="receipts")
    file = models.FileField(storage=receipts, upload_to=_place)
    name = models.CharField(_("Name"), max_length=200)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")


class FinanceSheet(models.Model):
    """A file of costs or expenses between its upload and its import; dropped after a day."""

    class Kind(models.TextChoices):
        COSTS = "costs", _("Costs")
        EXPENSES = "expenses", _("Expenses")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_index=True)
    applied_at = models.DateTimeField(null=True)

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name
