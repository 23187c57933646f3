from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.models.account import AdAccount
from commanda.ads.models.platform import Platform
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor

# Campaigns that no number is known of are known by their name; the whole account is one of them.
BY_NAME: Final = "name:"
WHOLE_ACCOUNT: Final = "account"


class CampaignRuleQuerySet(models.QuerySet["CampaignRule"]):
    def visible_to(self, actor: Actor) -> "CampaignRuleQuerySet":
        """The shop's rules for all who run ads; those of a buyer for the buyer and for who sees all ads."""
        if actor.can(Perm.ADS_VIEW_ALL):
            return self
        if actor.can(Perm.ADS_ENTER):
            return self.filter(Q(owner=None) | Q(owner_id=actor.user_id))
        return self.none()


class CampaignRule(models.Model):
    """Campaigns whose name fits belong to the product. The first rule that fits decides: a buyer's own, in their
    order, then the shop's (`owner` NULL).
    """

    class Kind(models.TextChoices):
        CONTAINS = "contains", _("contains")
        PATTERN = "pattern", _("fits the pattern")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    position = models.PositiveIntegerField()
    kind = models.CharField(_("The name"), max_length=8, choices=Kind.choices, default=Kind.CONTAINS)
    text = models.CharField(_("Text"), max_length=120)
    platform = models.ForeignKey(Platform, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, verbose_name=_("Product"), on_delete=models.CASCADE, related_name="+")

    objects = CampaignRuleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint("owner", "kind", "text", "platform", name="ad_rule_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.text


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, actor: Actor) -> "CampaignQuerySet":
        """Those of the accounts that the actor may see."""
        if actor.can(Perm.ADS_VIEW_ALL):
            return self
        if actor.can(Perm.ADS_ENTER):
            return self.filter(account__buyer_id=actor.user_id)
        return self.none()


class Campaign(models.Model):
    """A campaign of an account and the product it sells; without one its spend waits among the unmapped.

    All of its spend follows the mapping (`ads_adspend.product_id` repeats it; see `services/map_campaigns.py`).
    """

    class MappedBy(models.TextChoices):
        NOBODY = "", _("Not mapped")
        RULE = "rule", _("By a rule")
        HAND = "hand", _("By hand")

    account = models.ForeignKey(AdAccount, on_delete=models.PROTECT, related_name="campaigns", db_index=False)
    external_id = models.CharField(max_length=100)
    name = models.CharField(_("Campaign"), max_length=400)
    product = models.ForeignKey(
        Product, verbose_name=_("Product"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    mapped_by = models.CharField(max_length=4, choices=MappedBy.choices, blank=True, default=MappedBy.NOBODY)
    rule = models.ForeignKey(CampaignRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="campaigns")
    last_spent_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-last_spent_on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["account", "external_id"], name="ad_campaign_once"),
            models.UniqueConstraint(fields=["id", "account"], name="ad_campaign_of_account"),
            # Nobody's choice has no product, a rule's has one; by hand "no product" is a choice as well.
            models.CheckConstraint(
                condition=Q(mapped_by="hand")
                | Q(mapped_by="rule", product__isnull=False)
                | Q(mapped_by="", product__isnull=True),
                name="ad_campaign_mapping_sane",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """The number that the platform gave it; "" for one that only files named."""
        is_made = self.external_id.startswith(BY_NAME) or self.external_id == WHOLE_ACCOUNT
        return "" if is_made else self.external_id


class CampaignAlias(models.Model):
    """How orders may name a campaign: by its id and by every name it ever had.

    `platform` is the slug that orders carry; `text` is `lower(btrim(left(…, 100)))` of what they carry as campaign.
    One text of a platform means one campaign: the one that spent last under it.
    """

    platform = models.CharField(max_length=30)
    text = models.CharField(max_length=100)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="aliases")
    seen_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "text"], name="ad_campaign_alias_once")]

    def __str__(self) -> str:
        return self.text
