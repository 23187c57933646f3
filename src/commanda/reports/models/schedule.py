from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor


class ReportScheduleQuerySet(models.QuerySet["ReportSchedule"]):
    def visible_to(self, actor: Actor) -> "ReportScheduleQuerySet":
        """Everybody's for those who manage the people; otherwise one's own."""
        if actor.can(Perm.USERS_MANAGE):
            return self
        return self.filter(owner_id=actor.user_id) if actor.user_id else self.none()


class ReportSchedule(models.Model):
    """A report that is sent by e-mail at set times. `query` is what its address would ask, without anything secret.

    `next_at` is when it is due; NULL while it is paused. What each mail says is computed under its recipient's rights.
    """

    class Frequency(models.TextChoices):
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")

    class Format(models.TextChoices):
        XLSX = "xlsx", "XLSX"
        CSV = "csv", "CSV"
        NONE = "none", _("No file")

    report_slug = models.SlugField(_("Report"), max_length=40)
    query = models.JSONField(default=dict, blank=True)
    frequency = models.CharField(_("How often"), max_length=8, choices=Frequency.choices, default=Frequency.WEEKLY)
    hour = models.PositiveSmallIntegerField(_("Hour"), default=8)
    weekday = models.PositiveSmallIntegerField(_("Weekday"), null=True, blank=True)  # 0 is Monday
    month_day = models.PositiveSmallIntegerField(_("Day of the month"), null=True, blank=True)
    file_format = models.CharField(_("File"), max_length=4, choices=Format.choices, default=Format.XLSX)
    # Empty: each one's own.
    language = models.CharField(_("Language"), max_length=2, choices=settings.LANGUAGES, blank=True)
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("Recipients"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    is_paused = models.BooleanField(_("Paused"), default=False)
    next_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = ReportScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(hour__lte=23), name="report_schedule_hour"),
            models.CheckConstraint(
                condition=Q(frequency="daily", weekday=None, month_day=None)
                | Q(frequency="weekly", weekday__isnull=False, weekday__lte=6, month_day=None)
                | Q(frequency="monthly", weekday=None, month_day__isnull=False, month_day__range=(1, 28)),
                name="report_schedule_day",
            ),
            models.CheckConstraint(
                condition=Q(is_paused=True, next_at=None) | Q(is_paused=False, next_at__isnull=False),
                name="report_schedule_due_unless_paused",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="report_schedule_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.report_slug} {self.frequency}"
