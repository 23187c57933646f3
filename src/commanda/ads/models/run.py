from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.ads.models.account import AdAccount
from commanda.kernel.actor import Actor


class SpendRunQuerySet(models.QuerySet["SpendRun"]):
    def visible_to(self, actor: Actor) -> "SpendRunQuerySet":
        """Those of the accounts that the actor may see."""
        if actor.can(Perm.ADS_VIEW_ALL):
            return self
        if actor.can(Perm.ADS_ENTER):
            return self.filter(account__buyer_id=actor.user_id)
        return self.none()


class SpendRun(models.Model):
    """One reading of an account: made before anything is asked for, ended with what came of it."""

    class Status(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Trigger(models.TextChoices):
        POLL = "poll", _("By itself")
        MANUAL = "manual", _("Run now")
        FILE = "file", _("By file")

    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="runs", db_index=False)
    trigger = models.CharField(max_length=8, choices=Trigger.choices)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RUNNING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    # The days that were committed so far, and their rows: read = new + changed + unchanged.
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    read_qty = models.PositiveIntegerField(default=0)
    new_qty = models.PositiveIntegerField(default=0)
    changed_qty = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_params = models.JSONField(default=dict, blank=True)

    objects = SpendRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["account", "-id"], name="ad_run_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.RUNNING
