from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from commanda.alerts.kinds import KINDS, Facts, Kind, kinds_seen
from commanda.alerts.models.rule import AlertRule
from commanda.kernel.actor import Actor


def in_sight(every: Collection[str], own: Collection[str], me: Any, prefix: str = "") -> Q:
    """The condition of being in sight of somebody who sees every alert of some kinds and the own ones of others."""
    seen = Q(**{f"{prefix}kind__in": every})
    return seen | Q(**{f"{prefix}kind__in": own, f"{prefix}owner_ids__contains": [me]}) if own else seen


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, actor: Actor) -> "AlertQuerySet":
        """What the actor's rights let them see, whether or not a rule tells them of it."""
        every, own = kinds_seen(actor)
        return self.filter(in_sight(every, own if actor.user_id is not None else (), actor.user_id))

    def open(self) -> "AlertQuerySet":
        return self.filter(closed_at=None)


class Alert(models.Model):
    """Something that is wrong with a subject, from when it began until it was well again.

    `things` names the subject (kind of thing → id or slug), `owner_ids` those whose own matter it is, `facts` the
    present numbers as texts. `changed_at` is when it was last news: opened, or grown much worse; `told_value` is the
    value of that moment. A subject has one open alert of a rule at most; the database sees to it.
    """

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="alerts", db_index=False)
    kind = models.CharField(max_length=30)
    subject_key = models.CharField(max_length=120)
    things = models.JSONField(default=dict)
    owner_ids = ArrayField(models.BigIntegerField(), default=list)
    facts = models.JSONField(default=dict)
    told_value = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_key"], name="alert_open_once", condition=Q(closed_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], name="alert_open", condition=Q(closed_at__isnull=True)),
            models.Index(fields=["rule", "subject_key"], name="alert_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_key}"

    @property
    def definition(self) -> Kind:
        return KINDS[self.kind]

    @property
    def known(self) -> Facts:
        return Facts(self.facts)

    @property
    def sentence(self) -> str:
        """What is wrong, with value and limit, in the language in force."""
        return self.definition.says(self.known)


class AlertNoticeQuerySet(models.QuerySet["AlertNotice"]):
    def visible_to(self, actor: Actor) -> "AlertNoticeQuerySet":
        """Own ones, of alerts that the rights in force still let them see."""
        if actor.user_id is None:
            return self.none()
        return self.of(actor.user_id, *kinds_seen(actor))

    def of(self, me: Any, every: Collection[str], own: Collection[str]) -> "AlertNoticeQuerySet":
        """Those of a person (an id, or the place of one) who sees these kinds, see `in_sight`."""
        return self.filter(in_sight(every, own, me, "alert__"), user_id=me)


class AlertNotice(models.Model):
    """One person is to be told of an alert: when they saw it, when it was in a mail to them.

    A notice of an alert that has closed counts as seen: there is nothing left to see to.
    """

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    seen_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = AlertNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["alert", "user"], name="alert_notice_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="alert_notice_user"),
            models.Index(fields=["user"], name="alert_notice_unseen", condition=Q(seen_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} → {self.user_id}"
