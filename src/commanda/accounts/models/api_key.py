from datetime import date, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_of, now


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def visible_to(self, actor: Actor) -> "ApiKeyQuerySet":
        return self if actor.can(Perm.USERS_MANAGE) else self.filter(user_id=actor.user_id)


class ApiKey(models.Model):
    """A key with its owner's rights, or some of them. Only a SHA-256 digest is stored; the key itself is shown once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(_("Name"), max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    # None: whatever the owner may do. A list never gives a right that the owner does not have.
    permissions = ArrayField(models.CharField(max_length=40), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= now()

    @property
    def last_day(self) -> date | None:
        """The Moroccan day on which it still works."""
        return day_of(self.expires_at - timedelta(microseconds=1)) if self.expires_at else None

    @property
    def rights(self) -> list[str]:
        """The words of the rights it is limited to."""
        known = dict(Perm.choices)
        return [str(known[code]) for code in self.permissions or [] if code in known]
