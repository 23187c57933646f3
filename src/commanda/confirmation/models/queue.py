from django.conf import settings
from django.db import models

from commanda.orders.models import Order


class QueueEntry(models.Model):
    """An order that waits for a call: exists exactly while its stage is new or confirming and it is worth trying.

    `attempts` counts the calls since the client last answered. An entry `is_for_supervisor` is not given to
    agents by itself; a supervisor works it or hands it back by assigning it.
    """

    order = models.OneToOneField(Order, primary_key=True, on_delete=models.CASCADE, related_name="queue_entry")
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    is_callback = models.BooleanField(default=False)
    is_pinned = models.BooleanField(default=False)
    is_for_supervisor = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="queue_due")]
        verbose_name_plural = "queue entries"

    def __str__(self) -> str:
        return str(self.order_id)


class Lease(models.Model):
    """A client being worked by one agent until an instant, or until the agent's presence is lost.

    The phone is the key: the database cannot hold two leases for the same client.
    """

    phone_e164 = models.CharField(primary_key=True, max_length=16)
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="lease")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.order_id} → {self.agent_id}"
