"""Forms of the shipping desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.kernel.actor import Actor
from commanda.shipping import selectors
from commanda.shipping.models import Carrier, Parcel
from commanda.shipping.services.deliveries import Outcome
from commanda.shipping.tracking import MAX_LENGTH, MAX_PASTED
from commanda.web.numbers import number_or_none

CODE = {"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class FilterForm(forms.Form):
    """What narrows a list; anything unreadable is left out."""

    q = forms.CharField(required=False, max_length=100)
    carrier = forms.CharField(required=False, max_length=18)
    state = forms.SlugField(required=False)

    @property
    def values(self) -> dict[str, Any]:
        self.is_valid()
        data = self.cleaned_data
        return {
            "search": data.get("q", ""),
            "carrier_id": number_or_none(data.get("carrier")),
            "state": data.get("state", ""),
        }


class SendForm(forms.Form):
    """To whom, with which numbers."""

    carrier = forms.ModelChoiceField(
        label=_("Carrier"), queryset=Carrier.objects.none(), empty_label=_("Choose a carrier")
    )
    manifest = forms.BooleanField(label=_("Make a manifest"), required=False, initial=True)
    pasted = forms.CharField(
        label=_("Tracking numbers from the carrier"),
        required=False,
        max_length=MAX_PASTED,
        widget=forms.Textarea(attrs={"rows": 4, **CODE}),
        help_text=_(
            "One line per parcel: reference and number. Or numbers alone, for the chosen orders from top to bottom."
        ),
    )

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["carrier"]
        field.queryset = selectors.carriers(only_active=True)  # type: ignore[attr-defined]
        field.initial = selectors.last_carrier_id(actor)


class TrackingForm(forms.Form):
    """The carrier and the number of one parcel."""

    carrier = forms.ModelChoiceField(
        label=_("Carrier"), queryset=Carrier.objects.none(), empty_label=_("Choose a carrier")
    )
    tracking_number = forms.CharField(
        label=_("Tracking number"), required=False, max_length=MAX_LENGTH, widget=forms.TextInput(attrs=CODE)
    )

    def __init__(self, *args: Any, actor: Actor, parcel: Parcel | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = (
            {"carrier": parcel.carrier_id, "tracking_number": parcel.tracking_number}
            if parcel
            else {"carrier": selectors.last_carrier_id(actor)}
        )
        choices = selectors.carriers(only_active=True)
        if parcel:
            choices = choices | selectors.carriers().filter(pk=parcel.carrier_id)
        self.fields["carrier"].queryset = choices  # type: ignore[attr-defined]


class RecordForm(forms.Form):
    """A pasted list and what the carrier says of it."""

    outcome = forms.ChoiceField(
        label=_("What happened"),
        choices=[(Outcome.DELIVERED.value, _("Delivered")), (Outcome.RETURNED.value, _("Returned"))],
        widget=forms.RadioSelect,
        initial=Outcome.DELIVERED.value,
    )
    numbers = forms.CharField(
        label=_("Tracking numbers or order references"),
        max_length=MAX_PASTED,
        widget=forms.Textarea(attrs={"rows": 10, **CODE}),
        help_text=_("Separated by lines, spaces, commas or semicolons. A bar-code scanner may type here."),
    )
    reason = forms.ChoiceField(label=_("Reason of the return"), required=False)
    reason_text = forms.CharField(label=_("Remark"), required=False, max_length=300)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].choices = reason_choices()  # type: ignore[attr-defined]


def reason_choices() -> list[tuple[str, Any]]:
    """Reasons of a return, and none."""
    return [("", _("no reason")), *((reason.slug, reason.label) for reason in selectors.return_reasons())]


class CarrierForm(forms.ModelForm):
    class Meta:
        model = Carrier
        fields = ("name", "phone", "tracking_url", "is_active")
        widgets = {
            "phone": forms.TextInput(attrs={"dir": "ltr", "inputmode": "tel"}),
            "tracking_url": forms.TextInput(
                attrs={"dir": "ltr", "inputmode": "url", "placeholder": "https://example.com/{tracking}"}
            ),
        }
