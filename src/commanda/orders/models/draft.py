from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.orders.models.order_type import OrderType


class EntryDraftQuerySet(models.QuerySet["EntryDraft"]):
    def visible_to(self, actor: Actor) -> "EntryDraftQuerySet":
        """A person's own ones: what is half typed concerns nobody else."""
        return self.filter(user_id=actor.user_id) if actor.user_id is not None else self.none()


class EntryDraft(models.Model):
    """An order that somebody is entering. Kept as typed, so that nothing is lost; gone with the order it becomes."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    order_type = models.ForeignKey(OrderType, on_delete=models.CASCADE, related_name="+")
    # True: the one page of agents; False: the wizard.
    is_quick = models.BooleanField(default=False)
    # Step → the fields of its form as they were sent.
    data = models.JSONField(default=dict)
    step = models.CharField(max_length=12, blank=True)
    title = models.CharField(_("Client"), max_length=200, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = EntryDraftQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["user", "-updated_at"], name="entry_draft_user"),
            models.Index(fields=["updated_at"], name="entry_draft_age"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.pk)
