from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import Role
from commanda.accounts.permissions import Perm
from commanda.alerts.kinds import DIMENSIONS, KINDS, Kind, Terms
from commanda.kernel.actor import Actor

MOST_DAYS = 90


class AlertRuleQuerySet(models.QuerySet["AlertRule"]):
    def visible_to(self, actor: Actor) -> "AlertRuleQuerySet":
        return self if actor.can(Perm.SETTINGS_MANAGE) else self.none()


class AlertRule(models.Model):
    """What to look for, how far it may go, and whom to tell. Data: changed on the page of settings.

    `limits` holds the kind's limits as texts of decimals (ratios 0..1). Whom a rule names is told only of what their
    rights let them see. `failed_at` is since when asking it fails; it is silent then.
    """

    kind = models.CharField(max_length=30)
    name = models.CharField(_("Name"), max_length=80, blank=True, help_text=_("Empty: it is called by its kind."))
    limits = models.JSONField(default=dict, blank=True)
    days = models.PositiveSmallIntegerField(_("Days to look back"), default=0)
    dimension = models.CharField(_("Look at each"), max_length=20, blank=True)
    is_active = models.BooleanField(_("Active"), default=True)
    is_urgent = models.BooleanField(_("Urgent"), default=False, help_text=_("Its e-mail is sent at once."))
    to_bell = models.BooleanField(_("In the bell"), default=True)
    to_email = models.BooleanField(_("By e-mail"), default=False)
    roles = models.ManyToManyField(Role, verbose_name=_("Roles"), related_name="+", blank=True)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, verbose_name=_("People"), related_name="+", blank=True)
    evaluated_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to_bell=True) | Q(to_email=True), name="alert_rule_tells"),
            models.CheckConstraint(condition=Q(days__lte=MOST_DAYS), name="alert_rule_days"),
        ]

    def __str__(self) -> str:
        """The name, or what it looks for and at what."""
        parts = [label for dimension, label in DIMENSIONS.items() if dimension == self.dimension]
        return self.name or " · ".join(map(str, [self.definition.label, *parts]))

    @property
    def definition(self) -> Kind:
        return KINDS[self.kind]

    @property
    def terms(self) -> Terms:
        """What to ask with; a limit that a newer version added has its default."""
        told = {name: Decimal(text) for name, text in self.limits.items()}
        return Terms({**self.definition.defaults(), **told}, self.days, self.dimension)
