from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor


class SpendTargetQuerySet(models.QuerySet["SpendTarget"]):
    def visible_to(self, actor: Actor) -> "SpendTargetQuerySet":
        """For all who run ads, see all ads or see the money: it is what buyers are told instead of a margin."""
        rights = (Perm.ADS_ENTER, Perm.ADS_VIEW_ALL, Perm.FINANCE_VIEW)
        return self if any(actor.can(right) for right in rights) else self.none()


class SpendTarget(models.Model):
    """What a lead, or a delivered order, of a product may take of ads at most, MAD, from a day on.

    Set by who may edit the finances; `is_derived` says that the figure came from the books and not from a person.
    """

    class Kind(models.TextChoices):
        LEAD = "lead", _("Per lead")
        DELIVERED = "delivered", _("Per delivered order")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    valid_from_on = models.DateField(_("Valid from"))
    # NULL: no target any more.
    amount = models.DecimalField(_("Amount"), max_digits=10, decimal_places=2, null=True, blank=True)
    is_derived = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    objects = SpendTargetQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from_on"]
        constraints = [
            models.UniqueConstraint(fields=["product", "kind", "valid_from_on"], name="ad_target_once"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="ad_target_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.kind} {self.valid_from_on}"
