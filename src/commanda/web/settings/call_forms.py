"""Forms of the settings of calls; the services check again and have the last word."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from commanda.confirmation.models import HOURS, CallingWindow, CallPolicy, Outcome
from commanda.confirmation.retry import Step
from commanda.confirmation.services.outcomes import FIELDS as OUTCOME_FIELDS
from commanda.confirmation.services.policy import ENDS, LIMITS, MOST_STEPS
from commanda.orders.models import State
from commanda.orders.stages import QUEUED, Stage

ICONS = (
    "phone", "phone-off", "phone-pause", "phone-x", "phone-check", "phone-call", "phone-incoming", "check", "x", "copy",
    "microphone", "calendar-time", "clock", "clock-pause", "brand-whatsapp", "message", "mail", "map-off", "map-pin",
    "device-mobile-off", "package-off", "user-up", "user-x", "user-question", "thumb-up", "thumb-down",
    "alert-triangle", "coin", "gift", "ban", "help", "star",
)  # fmt: skip
COLOURS = (
    ("green", _("Green")), ("teal", _("Teal")), ("blue", _("Blue")), ("indigo", _("Indigo")), ("purple", _("Purple")),
    ("orange", _("Orange")), ("yellow", _("Yellow")), ("red", _("Red")), ("secondary", _("Grey")),
)  # fmt: skip


def time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class LimitsForm(forms.ModelForm):
    """The limits of the queue."""

    class Meta:
        model = CallPolicy
        fields = LIMITS
        help_texts = {
            "capacity": _("Somebody with so many open orders gets no new ones by themselves."),
            "lease_minutes": _("Nobody else can call the client meanwhile."),
            "presence_minutes": _("Then the order an agent holds is free for others."),
        }


class HoursForm(forms.Form):
    """Calling hours of a store or of all."""

    opens_at = forms.TimeField(label=_("Calls from"), widget=time_input())
    closes_at = forms.TimeField(label=_("Calls until"), widget=time_input())
    break_from = forms.TimeField(label=_("Daily break from"), widget=time_input(), required=False)
    break_until = forms.TimeField(label=_("Daily break until"), widget=time_input(), required=False)
    friday_break_from = forms.TimeField(label=_("Friday break from"), widget=time_input())
    friday_break_until = forms.TimeField(label=_("Friday break until"), widget=time_input())
    closed_weekdays = forms.TypedMultipleChoiceField(
        label=_("Days without calls"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
    )

    def __init__(self, *args: Any, window: CallingWindow, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(window, name) for name in HOURS}
        super().__init__(*args, **kwargs)

    def clean_closed_weekdays(self) -> list[int]:
        return sorted(self.cleaned_data["closed_weekdays"])


class HolidayForm(forms.Form):
    """A day on which nobody calls."""

    closed_on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    name = forms.CharField(label=_("Name"), max_length=80)


class OutcomeForm(forms.ModelForm):
    """An outcome; saved by its service, not by the form."""

    icon = forms.ChoiceField(label=_("Icon"), choices=[(name, name) for name in ICONS])
    color = forms.ChoiceField(label=_("Colour"), choices=COLOURS)

    class Meta:
        model = Outcome
        fields = OUTCOME_FIELDS
        help_texts = {
            "label_ar": _("Empty: the French one."),
            "label_en": _("Empty: the French one."),
            "is_answered": _("The count of tries starts anew then."),
            "target_state": _("Empty: the order stays in its state."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = [*QUEUED, Stage.CONFIRMED, Stage.CANCELLED]
        states = State.objects.filter(workflow__is_default=True, is_active=True, stage__in=stages)
        self.fields["target_state"].queryset = states  # type: ignore[attr-defined]
        icon = self.instance.icon
        if icon not in ICONS:
            self.fields["icon"].choices = [(icon, icon), *self.fields["icon"].choices]  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The instance stays as it is stored: the service compares with it and checks the whole."""


class StepForm(forms.Form):
    """One delay: minutes, or days and an hour. An empty row is left out."""

    after_minutes = forms.IntegerField(label=_("Minutes later"), required=False, min_value=1)
    days_later = forms.IntegerField(label=_("or days later"), required=False, min_value=0)
    at_time = forms.TimeField(label=_("at"), required=False, widget=time_input())

    def step(self) -> Step | None:
        """The delay, None for an empty row."""
        data = self.cleaned_data
        values = (data.get("after_minutes"), data.get("days_later"), data.get("at_time"))
        return None if values == (None, None, None) else Step(*values)


StepFormSet = forms.formset_factory(StepForm, extra=1, max_num=MOST_STEPS + 1, absolute_max=MOST_STEPS + 10)


class TriesForm(forms.Form):
    """When to give up, and what the order becomes then."""

    max_attempts = forms.IntegerField(label=_("Attempts before unreachable"), min_value=1, max_value=50)
    exhausted_state = forms.ModelChoiceField(
        label=_("State after the last attempt"), queryset=State.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, policy: CallPolicy, **kwargs: Any) -> None:
        kwargs["initial"] = {"max_attempts": policy.max_attempts, "exhausted_state": policy.exhausted_state_id}
        super().__init__(*args, **kwargs)
        states = State.objects.filter(workflow__is_default=True, is_active=True, stage__in=ENDS)
        self.fields["exhausted_state"].queryset = states  # type: ignore[attr-defined]
