from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.alerts.models.rule import AlertRule
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now

DEFAULT_HOUR = 8
LAST_HOUR = 23


class AlertMuteQuerySet(models.QuerySet["AlertMute"]):
    def visible_to(self, actor: Actor) -> "AlertMuteQuerySet":
        """Own ones; those for everybody to who may set them."""
        own = Q(user_id=actor.user_id) if actor.user_id is not None else Q(pk__in=[])
        return self.filter(own | Q(user=None)) if actor.can(Perm.SETTINGS_MANAGE) else self.filter(own)

    def in_force(self, at: Any = None) -> "AlertMuteQuerySet":
        """Those that have not ended, now or at an instant (or the place of one)."""
        return self.filter(Q(until_at=None) | Q(until_at__gt=at or now()))


class AlertMute(models.Model):
    """Silence about a subject, or about a whole rule (`subject_key` empty), until an instant or for good.

    For one person, or, with a reason, for everybody (`user` empty).
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="mutes", db_index=False)
    subject_key = models.CharField(max_length=120, blank=True)
    # What the subject is called by: it may have no alert any more when somebody looks at the list of mutes.
    things = models.JSONField(default=dict, blank=True)
    until_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("Reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    objects = AlertMuteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_key", "user"], name="alert_mute_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(reason=""), name="alert_mute_of_all_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.subject_key}"


class AlertPreferenceQuerySet(models.QuerySet["AlertPreference"]):
    def visible_to(self, actor: Actor) -> "AlertPreferenceQuerySet":
        return self.none() if actor.user_id is None else self.filter(pk=actor.user_id)


class AlertPreference(models.Model):
    """When a person wants alerts by e-mail. `mailed_on` is the Moroccan day whose mail is done with."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="alert_preference"
    )
    gets_daily = models.BooleanField(_("Once a day"), default=True)
    daily_hour = models.PositiveSmallIntegerField(_("At"), default=DEFAULT_HOUR)
    gets_urgent = models.BooleanField(_("Urgent ones at once"), default=True)
    mailed_on = models.DateField(null=True, blank=True)

    objects = AlertPreferenceQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(daily_hour__lte=LAST_HOUR), name="alert_digest_hour")]

    def __str__(self) -> str:
        return str(self.user_id)
