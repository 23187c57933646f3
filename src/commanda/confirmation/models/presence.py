from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Standing(models.TextChoices):
    """How an agent stands now: what he chose, what his page says, and whether he has a client before him."""

    ONLINE = "online", _("Present")
    BUSY = "busy", _("With a client")
    BREAK = "break", _("On a break")
    AWAY = "away", _("Away: nothing heard")
    OFFLINE = "offline", _("Gone home")


class Presence(models.Model):
    """Whether an agent takes orders now. Silence longer than the policy's minutes counts as away.

    `since_at`: when the person chose this status, or came back to it after a silence.
    """

    class Status(models.TextChoices):
        ONLINE = "online", _("Present")
        BREAK = "break", _("On a break")
        OFFLINE = "offline", _("Gone home")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="presence"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OFFLINE)
    seen_at = models.DateTimeField()
    since_at = models.DateTimeField(null=True, blank=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.status}"
