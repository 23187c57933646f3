from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.reports.models.schedule import ReportSchedule


class ReportSendingQuerySet(models.QuerySet["ReportSending"]):
    def visible_to(self, actor: Actor) -> "ReportSendingQuerySet":
        """Those of the schedules that the actor may see."""
        return self.filter(schedule__in=ReportSchedule.objects.visible_to(actor))


class ReportSending(models.Model):
    """One mail of a schedule to one person, from the moment it was due: the history, and what is still to be sent.

    The database lets a person have one for each time a schedule was due, so nobody is sent it twice.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        REFUSED = "refused", _("Not sent: no right")
        FAILED = "failed", _("Failed")

    schedule = models.ForeignKey(ReportSchedule, on_delete=models.CASCADE, related_name="sendings", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    due_at = models.DateTimeField()
    # A person asked for it now, besides the set times.
    is_asked = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    attempts_qty = models.PositiveSmallIntegerField(default=0)
    # When the next attempt is made; NULL when there is nothing more to do.
    next_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = ReportSendingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["schedule", "user", "due_at"], name="report_sending_once"),
            models.CheckConstraint(
                condition=Q(status="waiting", next_at__isnull=False) | (~Q(status="waiting") & Q(next_at=None)),
                name="report_sending_next_while_waiting",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | (~Q(status="sent") & Q(sent_at=None)),
                name="report_sending_sent_at",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="report_sending_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.user_id} {self.status}"
