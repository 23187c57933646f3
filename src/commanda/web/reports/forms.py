"""The form of a report's schedule."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.kernel.actor import Actor
from commanda.kernel.formats import weekday_names
from commanda.reports.catalogue import reports_for
from commanda.reports.models import ReportSchedule
from commanda.reports.periods import LABELS
from commanda.reports.selectors import possible_recipients
from commanda.reports.services.schedules import HOURS, MONTH_DAYS, ScheduleData


class ScheduleForm(forms.Form):
    """When a report goes to whom. What the report asks besides its period is kept in `asked`."""

    report = forms.ChoiceField(label=_("Report"))
    period = forms.ChoiceField(
        label=_("Period"), choices=list(LABELS.items()), help_text=_("It moves: each mail is about another one.")
    )
    frequency = forms.ChoiceField(label=_("How often"), choices=ReportSchedule.Frequency.choices)
    weekday = forms.TypedChoiceField(
        label=_("Day of the week"), coerce=int, empty_value=None, required=False, help_text=_("For every week.")
    )
    month_day = forms.TypedChoiceField(
        label=_("Day of the month"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "–"), *((day, str(day)) for day in MONTH_DAYS)],
        help_text=_("For every month."),
    )
    hour = forms.TypedChoiceField(
        label=_("Hour"), coerce=int, choices=[(hour, f"{hour:02d}:00") for hour in HOURS], initial=8
    )
    file_format = forms.ChoiceField(label=_("File"), choices=ReportSchedule.Format.choices)
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("Each one's own")), *settings.LANGUAGES],
    )
    recipients = forms.ModelMultipleChoiceField(
        label=_("Recipients"),
        queryset=User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each one gets what they may see."),
        error_messages={"required": _("Choose at least one person.")},
    )

    def __init__(self, *args: Any, actor: Actor, asked: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = {name: value for name, value in asked.items() if name not in {"from", "to", "report", "once"}}
        fields: dict[str, Any] = self.fields
        fields["report"].choices = [(report.slug, report.label) for report in reports_for(actor)]
        fields["weekday"].choices = [("", "–"), *enumerate(weekday_names())]
        fields["recipients"].queryset = possible_recipients(actor)

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """All but the recipients, who are ticked."""
        return [field for field in self.visible_fields() if field.name != "recipients"]

    def data_of(self) -> ScheduleData:
        """What was typed, for the service."""
        data = self.cleaned_data
        return ScheduleData(
            report_slug=data["report"],
            query=self.asked | {"period": data["period"]},
            frequency=data["frequency"],
            hour=data["hour"],
            weekday=data["weekday"],
            month_day=data["month_day"],
            file_format=data["file_format"],
            language=data["language"],
            recipient_ids=[person.pk for person in data["recipients"]],
        )


def started_with(actor: Actor, asked: Mapping[str, str]) -> dict[str, Any]:
    """A new schedule as a report's page proposes it: weekly on Monday, about last week, for oneself."""
    period = asked.get("period", "")
    return {
        "report": asked.get("report", ""),
        "period": period if period in LABELS else "last_week",
        "frequency": ReportSchedule.Frequency.WEEKLY,
        "weekday": 0,
        "hour": 8,
        "file_format": ReportSchedule.Format.XLSX,
        "recipients": [actor.user_id],
    }


def as_saved(schedule: ReportSchedule) -> dict[str, Any]:
    """A schedule as its form shows it."""
    names = ("frequency", "weekday", "month_day", "hour", "file_format", "language")
    return {name: getattr(schedule, name) for name in names} | {
        "report": schedule.report_slug,
        "period": schedule.query.get("period", ""),
        "recipients": [person.pk for person in schedule.recipients.all()],
    }
