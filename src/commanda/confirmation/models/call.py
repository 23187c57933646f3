from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.confirmation.models.outcome import Outcome
from commanda.kernel.actor import Actor
from commanda.orders.models import Order


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, actor: Actor) -> "CallQuerySet":
        """Calls of the orders the actor may see."""
        if not actor.can(Perm.CALLS_VIEW):
            return self.none()
        if actor.can(Perm.ORDERS_VIEW_ALL):
            return self
        return self.filter(order__in=Order.objects.visible_to(actor))

    def standing(self) -> "CallQuerySet":
        """Those nobody has undone: what figures, tries and assignment count."""
        return self.filter(undone_at=None)


class Call(models.Model):
    """One contact with a client: by phone or by message.

    Never changed afterwards, but for being marked as undone. `before` is what its outcome changed, as it was: kept
    for the undoing (`services.undo_call`), None where there is nothing to give back.
    """

    class Medium(models.TextChoices):
        PHONE = "phone", _("Phone")
        WHATSAPP = "whatsapp", _("WhatsApp")

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="calls")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    medium = models.CharField(_("Medium"), max_length=10, choices=Medium.choices, default=Medium.PHONE)
    outcome = models.ForeignKey(Outcome, on_delete=models.PROTECT, related_name="+", db_index=False)
    is_answered = models.BooleanField(_("Answered"))
    comment = models.CharField(_("Comment"), max_length=1000, blank=True)
    next_action_at = models.DateTimeField(_("Next action"), null=True, blank=True)
    called_at = models.DateTimeField(_("Called"))
    undone_at = models.DateTimeField(_("Undone"), null=True, blank=True)
    before = models.JSONField(null=True, blank=True, editable=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["agent", "called_at"], name="call_agent"),
            models.Index(fields=["called_at"], name="call_at"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.called_at:%Y-%m-%d %H:%M}"
