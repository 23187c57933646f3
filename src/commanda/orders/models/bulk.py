from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor


class BulkRunQuerySet(models.QuerySet["BulkRun"]):
    def visible_to(self, actor: Actor) -> "BulkRunQuerySet":
        """One's own."""
        return self.filter(user_id=actor.user_id) if actor.user_id is not None else self.none()


class BulkRun(models.Model):
    """The same thing done to many chosen orders, piece by piece, with what came of each."""

    class Action(models.TextChoices):
        MOVE = "move", _("Move")
        ASSIGN = "assign", _("Assign")
        TAG = "tag", _("Add tags")
        UNTAG = "untag", _("Take tags away")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    action = models.CharField(max_length=8, choices=Action.choices)
    # What the action needs: {"to", "reason", "reason_text"}, {"agent"} or {"tags"}.
    params = models.JSONField(default=dict)
    order_ids = ArrayField(models.BigIntegerField())
    # So many of `order_ids`, from the first, are dealt with and committed.
    done_qty = models.PositiveIntegerField(default=0)
    changed_qty = models.PositiveIntegerField(default=0)
    # [[order id, text], …] of those that stay as they were, in the words of the person's language.
    refused = models.JSONField(default=list)
    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BulkRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["updated_at"], name="bulk_run_open", condition=models.Q(finished_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.action} × {len(self.order_ids)}"

    @property
    def order_qty(self) -> int:
        return len(self.order_ids)

    @property
    def unchanged_qty(self) -> int:
        """Dealt with, and as they should be already."""
        return self.done_qty - self.changed_qty - len(self.refused)
