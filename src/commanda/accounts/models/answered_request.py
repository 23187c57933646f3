from django.conf import settings
from django.db import models


class AnsweredRequest(models.Model):
    """A write already done under a one-time key (API `Idempotency-Key`, form token), with its answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("user", "key", name="answered_request_once")]
        indexes = [models.Index(fields=["created_at"], name="answered_request_age")]

    def __str__(self) -> str:
        return self.key
