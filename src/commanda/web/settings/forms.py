"""Forms of the settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.confirmation.models import CallPolicy
from commanda.confirmation.services.policy import FIELDS
from commanda.orders.models import Store


def _time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class CallPolicyForm(forms.ModelForm):
    """The call policy; saved by its service, not by the form."""

    class Meta:
        model = CallPolicy
        fields = FIELDS
        widgets = {name: _time_input() for name in ("opens_at", "closes_at", "friday_break_from", "friday_break_until")}
        help_texts = {"capacity": _("Somebody with so many open orders gets no new ones by themselves.")}


class StoreForm(forms.Form):
    """A store; the service makes the prefix capital letters and checks it."""

    name = forms.CharField(label=_("Name"), max_length=80)
    reference_prefix = forms.CharField(
        label=_("Reference prefix"), max_length=4, help_text=_("References begin with it: CM-000123.")
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, store: Store | None = None, **kwargs: Any) -> None:
        if store is not None:
            kwargs["initial"] = {"name": store.name, "reference_prefix": store.prefix, "is_active": store.is_active}
        super().__init__(*args, **kwargs)
