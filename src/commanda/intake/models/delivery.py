from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.intake.models.run import ImportRun
from commanda.intake.models.source import Source
from commanda.kernel.actor import Actor


class HookDeliveryQuerySet(models.QuerySet["HookDelivery"]):
    def visible_to(self, actor: Actor) -> "HookDeliveryQuerySet":
        return self if actor.can(Perm.INTAKE_MANAGE) else self.none()


class HookDelivery(models.Model):
    """What somebody sent to a source's address, raw as it came: stored first, answered at once, taken in afterwards.

    `(source, delivery_id)` is its identity: the sender's own id of the delivery or, without one, the digest of the
    body within its time stamp. The same delivery again is answered and changes nothing.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting for the worker")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    delivery_id = models.CharField(max_length=100)
    body = models.TextField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    run = models.ForeignKey(ImportRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries")
    error_code = models.CharField(max_length=40, blank=True)
    error_params = models.JSONField(default=dict, blank=True)
    received_at = models.DateTimeField()
    # When the sender signed it: of two deliveries about one row the one signed later tells, whichever came first.
    sent_at = models.DateTimeField(null=True, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)

    objects = HookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("source", "delivery_id", name="hook_delivery_identity")]
        indexes = [
            models.Index(fields=["source", "id"], name="hook_delivery_waiting", condition=models.Q(status="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.source_id}:{self.delivery_id}"
