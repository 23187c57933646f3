from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor
from commanda.stock.buckets import Delta
from commanda.stock.models.document import StockDocument


class StockMovementQuerySet(models.QuerySet["StockMovement"]):
    def visible_to(self, actor: Actor) -> "StockMovementQuerySet":
        return self if actor.can(Perm.STOCK_VIEW) else self.none()


class StockMovement(models.Model):
    """One change of one level. Append-only: a trigger refuses to rewrite it; a mistake is mended by another one."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("Receipt")
        COUNT = "count", _("Count")
        DAMAGE = "damage", _("Damage")
        LOSS = "loss", _("Loss")
        FOUND = "found", _("Found")
        ORDER = "order", _("Order state")
        EDIT = "edit", _("Order edit")
        INSPECTION = "inspection", _("Return inspection")

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="movements", db_index=False)
    kind = models.CharField(_("Kind"), max_length=12, choices=Kind.choices)
    on_hand_qty = models.IntegerField(default=0)
    reserved_qty = models.IntegerField(default=0)
    in_transit_qty = models.IntegerField(default=0)
    quarantine_qty = models.IntegerField(default=0)
    # No foreign key: orders stand above stock. `check-books` proves that each order exists.
    order_id = models.BigIntegerField(null=True)
    document = models.ForeignKey(StockDocument, null=True, on_delete=models.PROTECT, related_name="movements")
    note = models.CharField(_("Note"), max_length=300, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()

    objects = StockMovementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["variant", "-id"], name="movement_variant"),
            models.Index(fields=["order_id"], name="movement_order", condition=models.Q(order_id__isnull=False)),
            # What left for clients and what came back: all that days of cover ask, a third of an order's movements.
            models.Index(
                fields=["made_at"],
                include=["variant", "in_transit_qty", "on_hand_qty"],
                condition=models.Q(kind="order") & ~models.Q(in_transit_qty=models.F("on_hand_qty")),
                name="movement_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.variant_id}"

    @property
    def delta(self) -> Delta:
        return Delta(self.on_hand_qty, self.reserved_qty, self.in_transit_qty, self.quarantine_qty)
