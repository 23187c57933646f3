from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.models.platform import Platform
from commanda.kernel.actor import Actor


class AdAccountQuerySet(models.QuerySet["AdAccount"]):
    def visible_to(self, actor: Actor) -> "AdAccountQuerySet":
        """All for those who see all ads, otherwise one's own."""
        if actor.can(Perm.ADS_VIEW_ALL):
            return self
        if actor.can(Perm.ADS_ENTER):
            return self.filter(buyer_id=actor.user_id)
        return self.none()


class AdAccount(models.Model):
    """An account with a platform: whose it is, how its spend comes in, how that is doing.

    `read_from_on` to `read_until_on` are the days that were read without a gap, in the account's time zone.
    """

    class Connector(models.TextChoices):
        META = "meta", _("Meta (Facebook, Instagram)")
        TIKTOK = "tiktok", _("TikTok")
        FILE = "file", _("By file")

    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="accounts", db_index=False)
    connector = models.CharField(_("Connection"), max_length=8, choices=Connector.choices)
    name = models.CharField(_("Name"), max_length=80, unique=True)
    external_id = models.CharField(_("Account number"), max_length=40, blank=True)
    currency = models.CharField(_("Currency"), max_length=3)
    time_zone = models.CharField(_("Time zone"), max_length=60, blank=True)
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("Buyer"), on_delete=models.PROTECT, related_name="+"
    )
    # The access token, encrypted; never shown again.
    secret = models.TextField(blank=True)
    # The origin of another server in place of the platform's own (advanced).
    api_base = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    run_minutes = models.PositiveIntegerField(_("Minutes between readings"), default=60)
    history_from_on = models.DateField(_("First day to read"), null=True, blank=True)
    read_from_on = models.DateField(null=True, blank=True)
    read_until_on = models.DateField(null=True, blank=True)
    next_run_at = models.DateTimeField(null=True, blank=True)
    last_run_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    # With the code, what the words are made of in the reader's language.
    error_params = models.JSONField(default=dict, blank=True)
    failures_qty = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AdAccountQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "external_id"], condition=~Q(external_id=""), name="ad_account_once"
            ),
        ]
        indexes = [
            models.Index(fields=["next_run_at"], name="ad_account_due", condition=Q(next_run_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        """Whether its spend is read by itself, as far as there is a token."""
        return self.connector != self.Connector.FILE

    @property
    def is_polled(self) -> bool:
        return self.is_active and self.is_connected and bool(self.secret)
