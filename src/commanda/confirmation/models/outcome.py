from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.kernel.labels import Labelled
from commanda.orders.models import State


class Outcome(Labelled):
    """How a contact ended, and what happens then."""

    class FollowUp(models.TextChoices):
        NONE = "none", _("Nothing more to do")
        RETRY = "retry", _("Try again by the retry policy")
        CALLBACK = "callback", _("Call back at a time the agent chooses")
        SUPERVISOR = "supervisor", _("Hand over to a supervisor")

    slug = models.SlugField(max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("Position"), default=0)
    icon = models.CharField(max_length=40, default="phone")
    color = models.CharField(max_length=20, default="secondary")
    is_answered = models.BooleanField(_("The client answered"), default=False)
    follow_up = models.CharField(_("Then"), max_length=12, choices=FollowUp.choices, default=FollowUp.NONE)
    target_state = models.ForeignKey(
        State, verbose_name=_("New state"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retry_minutes = models.PositiveIntegerField(
        _("Minutes to the next attempt"),
        null=True,
        blank=True,
        help_text=_("Empty: by the retry policy."),
    )
    needs_reason = models.BooleanField(_("Needs a reason"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta(Labelled.Meta):
        abstract = False
        ordering = ["position", "id"]
