from django.conf import settings
from django.db import models


class Event(models.Model):
    """One fact that happened: who, when, what, from what to what, why.

    Append-only: a database trigger refuses UPDATE, DELETE and TRUNCATE. `changes` maps a field to
    [old, new]; costs are never written here except under subject `finance.*`, which only admins read.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_name = models.CharField(max_length=150, blank=True)
    source = models.CharField(max_length=20, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    changes = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.subject}#{self.subject_id}"
