from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.orders.models import Order, Store


def _of_order(to: Any) -> models.ForeignKey[Any, Any]:
    """What the order refers to, once more; whether that exists, the order's own reference sees to."""
    return models.ForeignKey(
        to,
        null=True,
        editable=False,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )


class QueueEntry(models.Model):
    """An order that waits for a call: exists exactly while its stage is new or confirming and it is worth trying.

    `attempts` counts the calls since the client last answered. An entry `is_for_supervisor` is not given to
    agents by itself; a supervisor works it or hands it back by assigning it. `unassigned_reason` says why the last
    distribution found nobody; `avoided_agent` had the order and did not touch it.

    `assignee`, `created_by`, `store` and `ordered_at` are the order's, so that the queue is ranked and counted without
    reading orders. Triggers keep them: whatever is written here, the order's values are what is stored.
    """

    class UnassignedReason(models.TextChoices):
        NO_RULE = "no_rule", _("No assignment rule matches it.")
        NOBODY = "nobody", _("No agent it may go to is present.")
        FULL = "full", _("All agents it may go to are full.")

    order = models.OneToOneField(Order, primary_key=True, on_delete=models.CASCADE, related_name="queue_entry")
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    is_callback = models.BooleanField(default=False)
    is_pinned = models.BooleanField(default=False)
    is_for_supervisor = models.BooleanField(default=False)
    unassigned_reason = models.CharField(
        max_length=12, choices=UnassignedReason.choices, blank=True, default="", db_default=""
    )
    avoided_agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    assignee = _of_order(settings.AUTH_USER_MODEL)
    created_by = _of_order(settings.AUTH_USER_MODEL)
    store = _of_order(Store)
    ordered_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="queue_due"),
            models.Index(fields=["assignee", "created_by"], name="queue_whose"),
        ]
        verbose_name_plural = "queue entries"

    def __str__(self) -> str:
        return str(self.order_id)


class Lease(models.Model):
    """A client being worked by one agent.

    The phone is the key: the database cannot hold two leases for the same client. In force `until` an instant that
    moves on while the agent's page is heard, at the latest to `ends_at`. The row alone says so, not the agent's
    presence: whoever waited for another transaction's row could not see that transaction's presence.
    """

    phone_e164 = models.CharField(primary_key=True, max_length=16)
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="lease")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} → {self.agent_id}"
