from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.orders.models.comment import OrderComment
from commanda.orders.models.draft import EntryDraft
from commanda.orders.models.order import Order


def attachments() -> FileSystemStorage:
    """Outside the media folder: what is attached to an order is served only to those who may see the order."""
    return FileSystemStorage(
        location=Path(settings.DATA_DIR) / "attachments",
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def _place(attachment: "OrderAttachment", name: str) -> str:
    return f"{attachment.pk.hex[:2]}/{attachment.pk.hex}.bin"


class OrderAttachmentQuerySet(models.QuerySet["OrderAttachment"]):
    def visible_to(self, actor: Actor) -> "OrderAttachmentQuerySet":
        """Those of the orders the actor may see, and of own drafts; not the removed ones."""
        return self.filter(
            Q(order__in=Order.objects.visible_to(actor).values("pk"))
            | Q(draft__in=EntryDraft.objects.visible_to(actor).values("pk")),
            removed_at=None,
        )


class OrderAttachment(models.Model):
    """A file of an order, or of the draft that will become one. Its type is what its content says."""

    class Kind(models.TextChoices):
        FILE = "file", _("File")
        PROOF = "proof", _("Proof of payment")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    order = models.ForeignKey(Order, null=True, on_delete=models.CASCADE, related_name="attachments")
    draft = models.ForeignKey(EntryDraft, null=True, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField(_("Kind"), max_length=8, choices=Kind.choices, default=Kind.FILE)
    file = models.FileField(storage=attachments, upload_to=_place)
    name = models.CharField(_("Name"), max_length=200)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    # The comment it came with.
    comment = models.ForeignKey(OrderComment, null=True, on_delete=models.SET_NULL, related_name="files")
    # A removed file of an order stays in the store, but nobody is given it any more.
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = OrderAttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(order__isnull=False, draft__isnull=True) | Q(order__isnull=True, draft__isnull=False),
                name="attachment_of_order_or_draft",
            )
        ]

    def __str__(self) -> str:
        return self.name
