from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor


class MendingQuerySet(models.QuerySet["Mending"]):
    def visible_to(self, actor: Actor) -> "MendingQuerySet":
        return self if actor.can(Perm.INTAKE_MANAGE) else self.none()


class Mending(models.Model):
    """What a person asked for on many rows of the inbox, how far it has come and what came of each.

    The rows are those of the moment it was asked for; the first `done_qty` of them are committed.
    """

    class Action(models.TextChoices):
        RETRY = "retry", _("Try again")
        SET = "set", _("Set")
        IGNORE = "ignore", _("Set aside")
        REOPEN = "reopen", _("Take back")
        SEEN = "seen", _("Seen")

    action = models.CharField(max_length=8, choices=Action.choices)
    # What to set: {"field": …, "text": …} or {"variant_id": …} or {"city_id": …}, "remember"; the "reason" to ignore.
    options = models.JSONField(default=dict, blank=True)
    row_ids = ArrayField(models.BigIntegerField(), default=list)
    row_qty = models.PositiveIntegerField(default=0)
    done_qty = models.PositiveIntegerField(default=0)
    # Of the done ones: orders made, rows dealt with otherwise, rows that still wait, rows that could not be touched.
    imported_qty = models.PositiveIntegerField(default=0)
    changed_qty = models.PositiveIntegerField(default=0)
    waiting_qty = models.PositiveIntegerField(default=0)
    refused_qty = models.PositiveIntegerField(default=0)
    # [{"row": id, "code": …, "text": …}, …] for the first ones refused.
    refusals = models.JSONField(default=list, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = MendingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.done_qty}/{self.row_qty}"

    @property
    def is_open(self) -> bool:
        """Not all rows are done yet."""
        return self.finished_at is None
