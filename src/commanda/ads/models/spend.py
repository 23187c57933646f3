from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor


class Platform(models.Model):
    """Where ads run. Orders carry the slug of the platform that brought them."""

    slug = models.SlugField(max_length=30, unique=True)
    name = models.CharField(_("Name"), max_length=60)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class AdSpendQuerySet(models.QuerySet["AdSpend"]):
    def visible_to(self, actor: Actor) -> "AdSpendQuerySet":
        """All for those who see all ads, otherwise what the actor entered."""
        if actor.can(Perm.ADS_VIEW_ALL):
            return self
        if actor.can(Perm.ADS_ENTER):
            return self.filter(buyer_id=actor.user_id)
        return self.none()


class AdSpend(models.Model):
    """What one buyer spent on one product on one platform on one day. The rate is frozen when entered."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="ad_spends")
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="spends")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    spent_on = models.DateField(_("Date"), db_index=True)
    amount = models.DecimalField(_("Amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("Currency"), max_length=3, default="MAD")
    rate = models.DecimalField(_("MAD for one unit"), max_digits=10, decimal_places=6, default=Decimal(1))
    mad_amount = models.DecimalField(_("Amount in MAD"), max_digits=12, decimal_places=2)
    updated_at = models.DateTimeField()

    objects = AdSpendQuerySet.as_manager()

    class Meta:
        ordering = ["-spent_on", "-id"]
        constraints = [
            models.UniqueConstraint("product", "platform", "buyer", "spent_on", name="ad_spend_once"),
            models.CheckConstraint(condition=Q(amount__gte=0, rate__gt=0), name="ad_spend_sane"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.spent_on}"
