from datetime import time

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.orders.models import State, Store

HOURS = (
    "opens_at",
    "closes_at",
    "break_from",
    "break_until",
    "friday_break_from",
    "friday_break_until",
    "closed_weekdays",
)


class CallingWindow(models.Model):
    """The hours in which clients are called: a daily window, its breaks, and weekdays without calls (0 is Monday)."""

    opens_at = models.TimeField(_("Calls from"), default=time(9, 0))
    closes_at = models.TimeField(_("Calls until"), default=time(20, 0))
    break_from = models.TimeField(_("Daily break from"), null=True, blank=True)
    break_until = models.TimeField(_("Daily break until"), null=True, blank=True)
    friday_break_from = models.TimeField(_("Friday break from"), default=time(12, 30))
    friday_break_until = models.TimeField(_("Friday break until"), default=time(14, 30))
    closed_weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        verbose_name=_("Days without calls"),
        default=list,
        db_default=[],
        blank=True,
    )

    class Meta:
        abstract = True


class CallPolicy(CallingWindow):
    """When clients may be called, how often, and how orders are given to agents. There is one row."""

    class Method(models.TextChoices):
        RULES = "rules", _("By the assignment rules")
        MANUAL = "manual", _("By hand only")

    holds_outside_hours = models.BooleanField(
        _("Give no orders outside calling hours"),
        default=False,
        db_default=False,
        help_text=_("Promised calls and pinned orders come all the same."),
    )
    max_attempts = models.PositiveSmallIntegerField(
        _("Attempts before unreachable"), default=5, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    exhausted_state = models.ForeignKey(
        State,
        verbose_name=_("State after the last attempt"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    lease_minutes = models.PositiveSmallIntegerField(
        _("Minutes an order stays with one agent"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
    )
    presence_minutes = models.PositiveSmallIntegerField(
        _("Minutes of silence until away"), default=5, validators=[MinValueValidator(2), MaxValueValidator(240)]
    )
    absent_minutes = models.PositiveSmallIntegerField(
        _("Minutes away until untouched orders come back"),
        default=30,
        db_default=30,
        validators=[MaxValueValidator(1440)],
        help_text=_("Orders the agent has not called yet are given to others. 0: they stay."),
    )
    stale_hours = models.PositiveSmallIntegerField(
        _("Hours until an untouched order comes back"),
        default=24,
        db_default=24,
        validators=[MaxValueValidator(720)],
        help_text=_("Although its agent is there. 0: never."),
    )
    min_address_words = models.PositiveSmallIntegerField(
        _("Words of an address at least"),
        default=2,
        db_default=2,
        validators=[MaxValueValidator(20)],
        help_text=_("Below that an order is not confirmed. 0: any address will do."),
    )
    min_address_letters = models.PositiveSmallIntegerField(
        _("Letters and digits of an address at least"), default=6, db_default=6, validators=[MaxValueValidator(100)]
    )
    assignment_method = models.CharField(
        _("Give new orders"), max_length=12, choices=Method.choices, default=Method.RULES
    )
    capacity = models.PositiveSmallIntegerField(
        _("Open orders per agent at most"), default=80, validators=[MaxValueValidator(5000)]
    )

    def __str__(self) -> str:
        return str(_("Call policy"))


class StoreHours(CallingWindow):
    """Calling hours of one store, in place of the policy's."""

    store = models.OneToOneField(Store, primary_key=True, on_delete=models.CASCADE, related_name="calling_hours")

    def __str__(self) -> str:
        return f"{self.store_id} {self.opens_at}"


class Holiday(models.Model):
    """A day on which no store calls."""

    closed_on = models.DateField(_("Day"), unique=True)
    name = models.CharField(_("Name"), max_length=80)

    class Meta:
        ordering = ["closed_on"]

    def __str__(self) -> str:
        return self.name


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
