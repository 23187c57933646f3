from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.models.account import AdAccount
from commanda.ads.models.campaign import Campaign
from commanda.ads.models.platform import Platform
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor


class AdSpendQuerySet(models.QuerySet["AdSpend"]):
    def visible_to(self, actor: Actor) -> "AdSpendQuerySet":
        """All for those who see all ads, otherwise one's own."""
        if actor.can(Perm.ADS_VIEW_ALL):
            return self
        if actor.can(Perm.ADS_ENTER):
            return self.filter(buyer_id=actor.user_id)
        return self.none()


class AdSpend(models.Model):
    """What was spent on one day, of one of two kinds. The rate is frozen when the row is first written.

    By hand: one buyer, product and platform; no account. Imported: one thing of an account (`level_id`, the
    campaign's id), with the product its campaign is mapped to, or none yet; days are those of the account's zone.
    """

    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="ad_spends")
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="spends")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        AdAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="spends", db_index=False
    )
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.PROTECT, related_name="spends")
    level_id = models.CharField(max_length=100, blank=True, default="", db_default="")
    spent_on = models.DateField(_("Date"), db_index=True)
    amount = models.DecimalField(_("Amount"), max_digits=10, decimal_places=2)
    currency = models.CharField(_("Currency"), max_length=3, default="MAD")
    rate = models.DecimalField(_("MAD for one unit"), max_digits=10, decimal_places=6, default=Decimal(1))
    mad_amount = models.DecimalField(_("Amount in MAD"), max_digits=12, decimal_places=2)
    impressions_qty = models.PositiveBigIntegerField(null=True, blank=True)
    clicks_qty = models.PositiveBigIntegerField(null=True, blank=True)
    updated_at = models.DateTimeField()

    objects = AdSpendQuerySet.as_manager()

    class Meta:
        ordering = ["-spent_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "platform", "buyer", "spent_on"],
                condition=Q(account__isnull=True),
                name="ad_spend_by_hand_once",
            ),
            models.UniqueConstraint(
                fields=["account", "level_id", "spent_on"],
                condition=Q(account__isnull=False),
                name="ad_spend_imported_once",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0, rate__gt=0), name="ad_spend_sane"),
            models.CheckConstraint(
                condition=Q(account__isnull=True, campaign__isnull=True, level_id="", product__isnull=False)
                | (Q(account__isnull=False, campaign__isnull=False) & ~Q(level_id="")),
                name="ad_spend_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.spent_on}"
