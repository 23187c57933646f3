from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Presence(models.Model):
    """Whether an agent takes orders now. Silence longer than the policy's minutes counts as away."""

    class Status(models.TextChoices):
        ONLINE = "online", _("Present")
        BREAK = "break", _("On a break")
        OFFLINE = "offline", _("Away")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="presence"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OFFLINE)
    seen_at = models.DateTimeField()
    last_assigned_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.status}"
