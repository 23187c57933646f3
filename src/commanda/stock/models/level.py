from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor


class StockLevelQuerySet(models.QuerySet["StockLevel"]):
    def visible_to(self, actor: Actor) -> "StockLevelQuerySet":
        return self if actor.can(Perm.STOCK_VIEW) else self.none()


class StockLevel(models.Model):
    """The checked sum of a variant's movements, in units.

    `on_hand` belongs to us (on the shelf or with a carrier); `reserved` is promised to confirmed orders;
    `in_transit` is with carriers, outward or coming back; `quarantine` waits for a decision and is not on hand.
    The database refuses to promise more than there is, unless the product sells without stock.
    """

    variant = models.OneToOneField(Variant, primary_key=True, on_delete=models.PROTECT, related_name="level")
    on_hand = models.IntegerField(_("On hand"), default=0)
    reserved = models.IntegerField(_("Reserved"), default=0)
    in_transit = models.IntegerField(_("In transit"), default=0)
    quarantine = models.IntegerField(_("Quarantine"), default=0)
    available = models.GeneratedField(
        expression=F("on_hand") - F("reserved") - F("in_transit"),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    allows_backorder = models.BooleanField(default=False, help_text=_("Copy of the product's, for the constraint."))

    objects = StockLevelQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved__gte=0, in_transit__gte=0, quarantine__gte=0),
                name="stock_parts_not_negative",
            ),
            models.CheckConstraint(condition=Q(on_hand__gte=F("in_transit")), name="stock_shelf_not_negative"),
            models.CheckConstraint(
                condition=Q(allows_backorder=True) | Q(on_hand__gte=F("reserved") + F("in_transit")),
                name="stock_never_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id}: {self.on_hand}"

    @property
    def shelf(self) -> int:
        """Units that a count finds in the house."""
        return self.on_hand - self.in_transit
