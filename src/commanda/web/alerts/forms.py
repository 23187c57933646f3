"""Forms of the alerts; the services check again and have the last word."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import Role, User
from commanda.accounts.selectors import everybody
from commanda.alerts.kinds import DIMENSIONS, Kind, Limit
from commanda.alerts.models import AlertPreference, AlertRule
from commanda.alerts.models.personal import LAST_HOUR
from commanda.alerts.models.rule import MOST_DAYS
from commanda.alerts.services.rules import RuleData
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now

SUBJECT, RULE = "subject", "rule"
EVER: Final = "ever"
SPANS: Final = (
    ("1", _("1 day"), timedelta(days=1)),
    ("7", _("1 week"), timedelta(days=7)),
    ("30", _("30 days"), timedelta(days=30)),
)


class MuteForm(forms.Form):
    """What to be silent about, for how long, and for whom."""

    what = forms.ChoiceField(label=_("Silence about"), widget=forms.RadioSelect, initial=SUBJECT)
    until = forms.ChoiceField(
        label=_("How long"),
        choices=[*((slug, label) for slug, label, _span in SPANS), (EVER, _("For good"))],
        widget=forms.RadioSelect,
        initial="7",
    )
    for_all = forms.BooleanField(label=_("For everybody, not only for me"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_("Needed when it is for everybody: they find it beside the muted alert."),
    )

    def __init__(self, *args: Any, title: str, rule: AlertRule, may_mute_all: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (SUBJECT, _("this alone: %(title)s") % {"title": title or rule.definition.label}),
            (RULE, _("everything of this rule: %(rule)s") % {"rule": rule}),
        ]
        if not may_mute_all:
            del self.fields["for_all"], self.fields["reason"]

    @property
    def until_at(self) -> datetime | None:
        """When the silence ends; None: never."""
        return next((now() + span for slug, _label, span in SPANS if slug == self.cleaned_data["until"]), None)


class PreferenceForm(forms.Form):
    """When one's own mails come."""

    gets_daily = forms.BooleanField(label=_("A mail once a day, when there is something new"), required=False)
    daily_hour = forms.TypedChoiceField(
        label=_("At"), coerce=int, choices=[(hour, f"{hour:02d}:00") for hour in range(LAST_HOUR + 1)]
    )
    gets_urgent = forms.BooleanField(label=_("Urgent ones at once"), required=False)

    def __init__(self, *args: Any, preference: AlertPreference, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(preference, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)


class RuleForm(forms.Form):
    """A rule of one kind: its limits in the units people use, and whom it tells."""

    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("Empty: it is called by what it looks for.")
    )
    dimension = forms.ChoiceField(label=_("Look at each"))
    days = forms.IntegerField(label=_("Days to look back"), min_value=1, max_value=MOST_DAYS)
    role_ids = forms.ModelMultipleChoiceField(
        label=_("Tell these roles"),
        queryset=Role.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each person is told only of what their rights let them see."),
    )
    person_ids = forms.ModelMultipleChoiceField(
        label=_("And these people"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
    )
    to_bell = forms.BooleanField(label=_("In the bell"), required=False, initial=True)
    to_email = forms.BooleanField(label=_("In the mail of the day"), required=False)
    is_urgent = forms.BooleanField(label=_("Urgent: its mail is sent at once"), required=False)

    def __init__(
        self, *args: Any, actor: Actor, kind: Kind, roles: Any, rule: AlertRule | None = None, **kwargs: Any
    ) -> None:
        self.kind = kind
        kwargs["initial"] = _initial(kind, rule)
        super().__init__(*args, **kwargs)
        for limit in kind.limits:
            self.fields[f"limit_{limit.slug}"] = _limit_field(limit)
        self.fields["role_ids"].queryset = roles  # type: ignore[attr-defined]
        self.fields["person_ids"].queryset = everybody(actor).filter(is_active=True)  # type: ignore[attr-defined]
        if kind.dimensions:
            self.fields["dimension"].choices = [(item.value, DIMENSIONS[item]) for item in kind.dimensions]  # type: ignore[attr-defined]
        else:
            del self.fields["dimension"]
        if not kind.default_days:
            del self.fields["days"]

    def parts(self) -> list[tuple[Any, list[Any]]]:
        """The fields as the page groups them."""
        limits = [f"limit_{limit.slug}" for limit in self.kind.limits]
        groups = (
            (_("What it looks for"), ["name", "dimension", *limits, "days"]),
            (_("Whom it tells"), ["role_ids", "person_ids"]),
            (_("How it tells"), ["to_bell", "to_email", "is_urgent"]),
        )
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in groups]

    def data_of_rule(self) -> RuleData:
        """What was typed, for the service."""
        data = self.cleaned_data
        return RuleData(
            name=data["name"],
            limits={limit.slug: limit.unit.read(data[f"limit_{limit.slug}"]) for limit in self.kind.limits},
            days=data.get("days") or 0,
            dimension=data.get("dimension") or "",
            is_urgent=data["is_urgent"],
            to_bell=data["to_bell"],
            to_email=data["to_email"],
            role_ids=[role.pk for role in data["role_ids"]],
            person_ids=[person.pk for person in data["person_ids"]],
        )


def _initial(kind: Kind, rule: AlertRule | None) -> dict[str, Any]:
    limits = rule.terms.limits if rule else kind.defaults()
    typed: dict[str, Any] = {f"limit_{limit.slug}": limit.unit.typed(limits[limit.slug]) for limit in kind.limits}
    if rule is None:
        return {"days": kind.default_days, "to_bell": True, **typed}
    plain = ("name", "dimension", "days", "to_bell", "to_email", "is_urgent")
    return {
        **{name: getattr(rule, name) for name in plain},
        "role_ids": list(rule.roles.all()),
        "person_ids": list(rule.people.all()),
        **typed,
    }


def _limit_field(limit: Limit) -> forms.DecimalField:
    unit = limit.unit.short
    label = f"{limit.label} ({unit})" if unit else str(limit.label)
    lowest, highest = limit.unit.typed(limit.lowest), limit.unit.typed(limit.highest)
    return forms.DecimalField(
        label=label,
        min_value=lowest,
        max_value=highest,
        decimal_places=2,
        help_text=limit.explanation,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
