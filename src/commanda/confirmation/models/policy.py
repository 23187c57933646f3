from datetime import time

from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.orders.models import State


class CallPolicy(models.Model):
    """When clients may be called, how often, and how orders are given to agents. There is one row."""

    class Method(models.TextChoices):
        ROUND_ROBIN = "round_robin", _("In turn")
        LEAST_LOADED = "least_loaded", _("To the least loaded")
        MANUAL = "manual", _("By hand only")

    opens_at = models.TimeField(_("Calls from"), default=time(9, 0))
    closes_at = models.TimeField(_("Calls until"), default=time(20, 0))
    friday_break_from = models.TimeField(_("Friday break from"), default=time(12, 30))
    friday_break_until = models.TimeField(_("Friday break until"), default=time(14, 30))
    max_attempts = models.PositiveSmallIntegerField(_("Attempts before unreachable"), default=5)
    exhausted_state = models.ForeignKey(
        State,
        verbose_name=_("State after the last attempt"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    lease_minutes = models.PositiveSmallIntegerField(_("Minutes an order stays with one agent"), default=10)
    presence_minutes = models.PositiveSmallIntegerField(_("Minutes of silence until away"), default=5)
    assignment_method = models.CharField(
        _("Give new orders"), max_length=12, choices=Method.choices, default=Method.ROUND_ROBIN
    )
    capacity = models.PositiveSmallIntegerField(_("Open orders per agent at most"), default=80)

    def __str__(self) -> str:
        return str(_("Call policy"))


class RetryStep(models.Model):
    """Delay before the n-th retry: after so many minutes, or so many days later at an hour."""

    attempt = models.PositiveSmallIntegerField(_("After attempt"), unique=True)
    after_minutes = models.PositiveIntegerField(_("Minutes later"), null=True, blank=True)
    days_later = models.PositiveSmallIntegerField(_("Days later"), null=True, blank=True)
    at_time = models.TimeField(_("At"), null=True, blank=True)

    class Meta:
        ordering = ["attempt"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(after_minutes__isnull=False)
                | models.Q(days_later__isnull=False, at_time__isnull=False),
                name="retry_step_says_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.attempt}"
