from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor


class AccessQuerySet(models.QuerySet["Access"]):
    def visible_to(self, actor: Actor) -> "AccessQuerySet":
        """The whole log for those who manage people, nothing for others."""
        return self if actor.can(Perm.USERS_MANAGE) else self.none()


class Access(models.Model):
    """Somebody was shown personal data: who, when, how, and of which clients (by number, never by name or phone).

    One row a request. Cleared after COMMANDA_KEEP_ACCESS_DAYS.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        LISTED = "listed", _("Listed")
        EXPORTED = "exported", _("Exported")
        ERASED = "erased", _("Erased")

    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Through which door: web, api, cli …
    source = models.CharField(max_length=20, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    customer_ids = ArrayField(models.BigIntegerField())
    customer_qty = models.PositiveIntegerField()

    objects = AccessQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            GinIndex(fields=["customer_ids"], name="access_customers"),
            models.Index(fields=["user", "-id"], name="access_user"),
            models.Index(fields=["at"], name="access_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_qty} {self.at:%Y-%m-%d %H:%M}"
