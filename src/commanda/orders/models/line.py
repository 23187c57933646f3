from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Variant
from commanda.orders.models.order import Order


class OrderLine(models.Model):
    """So many units of a variant at a price. Name and SKU are kept as they were when ordered."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    label = models.CharField(max_length=240)
    sku = models.CharField(max_length=60)
    quantity = models.PositiveIntegerField(_("Quantity"))
    unit_price_amount = models.DecimalField(_("Unit price"), max_digits=10, decimal_places=2)
    total_amount = models.GeneratedField(
        expression=F("quantity") * F("unit_price_amount"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
    )
    is_upsell = models.BooleanField(_("Upsell"), default=False)
    # What the inspection of a return decided, in units; the rest still waits.
    back_qty = models.PositiveIntegerField(default=0)
    quarantine_qty = models.PositiveIntegerField(default=0)
    lost_qty = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["variant", "order"], name="line_variant_order")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1, quantity__lte=9999), name="line_quantity_sane"),
            models.CheckConstraint(condition=Q(unit_price_amount__gte=0), name="line_price_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("back_qty") + F("quarantine_qty") + F("lost_qty")),
                name="line_inspected_within_quantity",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.label}"

    @property
    def pending_qty(self) -> int:
        """Returned units that nobody has inspected yet (bundles as bundles)."""
        return self.quantity - self.back_qty - self.quarantine_qty - self.lost_qty


class LineComponent(models.Model):
    """What one unit of a bundle line takes from the stock, frozen when the line was made."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="components")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"
