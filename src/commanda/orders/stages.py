"""The fixed stages every state belongs to. The stage alone drives stock, figures and locks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.stock.buckets import Bucket


class Stage(models.TextChoices):
    DRAFT = "draft", _("Draft")
    NEW = "new", _("New")
    CONFIRMING = "confirming", _("To confirm")
    CONFIRMED = "confirmed", _("Confirmed")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Returned")
    CANCELLED = "cancelled", _("Cancelled")


# A returned parcel stays in transit (it cannot be promised again) until somebody has inspected it.
BUCKETS: dict[Stage, Bucket] = {
    Stage.DRAFT: Bucket.NONE,
    Stage.NEW: Bucket.NONE,
    Stage.CONFIRMING: Bucket.NONE,
    Stage.CONFIRMED: Bucket.RESERVED,
    Stage.SHIPPED: Bucket.IN_TRANSIT,
    Stage.DELIVERED: Bucket.GONE,
    Stage.RETURNED: Bucket.IN_TRANSIT,
    Stage.CANCELLED: Bucket.NONE,
}

EDITABLE = frozenset({Stage.DRAFT, Stage.NEW, Stage.CONFIRMING, Stage.CONFIRMED})
QUEUED = frozenset({Stage.NEW, Stage.CONFIRMING})
ENDS = frozenset({Stage.DELIVERED, Stage.RETURNED, Stage.CANCELLED})

# The column stamped when an order enters the stage.
STAMPS: dict[Stage, str] = {
    Stage.CONFIRMED: "confirmed_at",
    Stage.SHIPPED: "shipped_at",
    Stage.DELIVERED: "delivered_at",
    Stage.RETURNED: "returned_at",
    Stage.CANCELLED: "cancelled_at",
}
