from decimal import Decimal
from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor
from commanda.shipping.models import Carrier

Row = TypeVar("Row", bound=models.Model)


class FinanceQuerySet(models.QuerySet[Row]):
    """Rows that only those with the finance right may read."""

    def visible_to(self, actor: Actor) -> Self:
        return self if actor.can(Perm.FINANCE_VIEW) else self.none()


class ProductCost(models.Model):
    """What one unit costs us from a day on, MAD: what it is bought for, and what comes on top until it lies here.

    `amount` is the sum of both, kept by the database; profit uses the one valid on the delivery date.
    """

    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="costs")
    purchase_amount = models.DecimalField(_("Purchase"), max_digits=10, decimal_places=2)
    landed_amount = models.DecimalField(
        _("Freight, customs …"), max_digits=10, decimal_places=2, default=Decimal(0), db_default=Decimal(0)
    )
    amount = models.GeneratedField(
        expression=models.F("purchase_amount") + models.F("landed_amount"),
        output_field=models.DecimalField(_("Cost"), max_digits=10, decimal_places=2),
        db_persist=True,
    )
    valid_from_on = models.DateField(_("Valid from"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    set_at = models.DateTimeField(null=True)

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["variant", "-valid_from_on"]
        constraints = [
            models.UniqueConstraint("variant", "valid_from_on", name="product_cost_once_a_day"),
            models.CheckConstraint(
                condition=Q(purchase_amount__gte=0, landed_amount__gte=0), name="product_cost_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} {self.valid_from_on}"


class CarrierFee(models.Model):
    """What a carrier charges for a delivered and for a returned parcel from a day on, MAD."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="fees")
    delivered_amount = models.DecimalField(_("Delivered"), max_digits=8, decimal_places=2)
    returned_amount = models.DecimalField(_("Returned"), max_digits=8, decimal_places=2)
    valid_from_on = models.DateField(_("Valid from"))

    objects = FinanceQuerySet.as_manager()

    class Meta:
        ordering = ["carrier", "-valid_from_on"]
        constraints = [
            models.UniqueConstraint("carrier", "valid_from_on", name="carrier_fee_once_a_day"),
            models.CheckConstraint(
                condition=Q(delivered_amount__gte=0, returned_amount__gte=0), name="carrier_fee_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier_id} {self.valid_from_on}"
