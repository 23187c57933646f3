from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.orders.models import Order
from commanda.shipping.models.carrier import Carrier


class Manifest(models.Model):
    """The list of parcels handed to a carrier at one time."""

    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="manifests")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"BL-{self.pk:05d}"


class ParcelQuerySet(models.QuerySet["Parcel"]):
    def visible_to(self, actor: Actor) -> "ParcelQuerySet":
        """Parcels of the orders the actor may see."""
        if actor.can(Perm.ORDERS_VIEW_ALL):
            return self
        return self.filter(order__in=Order.objects.visible_to(actor))


class Parcel(models.Model):
    """What a carrier moves. Its status is what the carrier says; the order's state is ours.

    The parcel under way always agrees with its order's stage (`services.parcels_follow`): confirmed – ready;
    shipped – shipped or problem; delivered – delivered; returned – returned. A parcel taken back (the order
    was cancelled, or was not handed over after all) is withdrawn and no longer current.
    Written only under its order's lock. `tracking_number` is in its normal form (`shipping.tracking`).
    """

    class Status(models.TextChoices):
        READY = "ready", _("Ready to ship")
        SHIPPED = "shipped", _("Handed over")
        PROBLEM = "problem", _("Delivery problem")
        DELIVERED = "delivered", _("Delivered")
        RETURNED = "returned", _("Returned")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="parcels")
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="parcels")
    tracking_number = models.CharField(_("Tracking number"), max_length=60, blank=True)
    cash_amount = models.DecimalField(_("Cash to collect"), max_digits=12, decimal_places=2)
    status = models.CharField(_("Status"), max_length=12, choices=Status.choices, default=Status.READY)
    status_text = models.CharField(_("Status in the carrier's words"), max_length=120, blank=True)
    is_current = models.BooleanField(default=True, help_text=_("An order has at most one parcel under way."))
    manifest = models.ForeignKey(Manifest, null=True, blank=True, on_delete=models.PROTECT, related_name="parcels")
    created_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ParcelQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                "carrier", "tracking_number", condition=~Q(tracking_number=""), name="parcel_tracking_unique"
            ),
            models.UniqueConstraint("order", condition=Q(is_current=True), name="parcel_one_current"),
            models.CheckConstraint(
                condition=Q(status__in=["delivered", "returned", "withdrawn"], closed_at__isnull=False)
                | Q(status__in=["ready", "shipped", "problem"], closed_at__isnull=True),
                name="parcel_closed_when_ended",
            ),
            models.CheckConstraint(condition=Q(cash_amount__gte=0), name="parcel_cash_not_negative"),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="parcel_status"),
            models.Index(fields=["tracking_number"], name="parcel_tracking"),
        ]

    def __str__(self) -> str:
        return self.tracking_number or f"#{self.pk}"

    @property
    def tracking_link(self) -> str:
        return self.carrier.tracking_link(self.tracking_number)
