"""The forms of sources and uploads."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.intake.models import Source
from commanda.intake.readers.pasted import MAX_CHARACTERS
from commanda.intake.services.sources import LONGEST_POLL, MAX_KEY_FILE, SHORTEST_POLL
from commanda.orders import selectors as order_selectors
from commanda.orders.models import Store


class SourceForm(forms.Form):
    """What every source has."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As you call it, such as “Facebook sheet”."))
    store = forms.ModelChoiceField(label=_("Store"), queryset=Store.objects.none(), empty_label=None)
    platform = forms.CharField(
        label=_("Platform"), max_length=30, required=False, help_text=_("When the sheet does not say it: facebook …")
    )
    campaign = forms.CharField(
        label=_("Campaign"), max_length=120, required=False, help_text=_("When the sheet does not say it.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = order_selectors.stores()  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["dir"] = "auto"

    def values(self) -> dict[str, Any]:
        """What the services take."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "store_id": data["store"].pk,
            "platform": data["platform"],
            "campaign": data["campaign"],
        }


class LinkForm(SourceForm):
    """A sheet that anyone with the link may read."""

    link = forms.CharField(
        label=_("Link of the sheet"),
        max_length=500,
        help_text=_("Copied from the address bar while the tab with the orders is open."),
        widget=forms.URLInput(attrs={"dir": "ltr", "inputmode": "url", "autocomplete": "off"}),
    )
    field_order = ["link", "name", "store", "platform", "campaign"]


class KeyField(forms.FileField):
    """The JSON key of a service account; gives its text."""

    def __init__(self, **options: Any) -> None:
        widget = forms.ClearableFileInput(attrs={"accept": ".json,application/json"})
        super().__init__(**{"label": _("Key file (JSON)"), "widget": widget, **options})

    def clean(self, data: Any, initial: Any = None) -> str:
        file = super().clean(data, initial)
        return str(file.read(MAX_KEY_FILE + 1).decode("utf-8", errors="replace"))


class BaseField(forms.CharField):
    """Another address in place of Google's, for a compatible server."""

    def __init__(self, **options: Any) -> None:
        usual = {
            "label": _("Address of the Google APIs (advanced)"),
            "help_text": _("Leave it empty for Google itself."),
            "required": False,
            "max_length": 200,
            "widget": forms.TextInput(attrs={"dir": "ltr", "inputmode": "url", "autocomplete": "off"}),
        }
        super().__init__(**{**usual, **options})


class AccountForm(SourceForm):
    """A sheet that is shared with a service account."""

    key_file = KeyField()
    google_base = BaseField()
    field_order = ["key_file", "name", "store", "platform", "campaign", "google_base"]


class HookForm(SourceForm):
    """A source that is sent to."""


class KeyForm(forms.Form):
    """Another key file."""

    key_file = KeyField()


class SettingsForm(SourceForm):
    """What may be changed later."""

    poll_seconds = forms.IntegerField(label=_("Seconds between reads"), min_value=SHORTEST_POLL, max_value=LONGEST_POLL)
    google_base = BaseField()

    def __init__(self, *args: Any, source: Source, **kwargs: Any) -> None:
        names = ("name", "store", "platform", "campaign", "poll_seconds")
        kwargs["initial"] = {name: getattr(source, name) for name in names}
        kwargs["initial"]["google_base"] = source.options.get("api_base", "")
        super().__init__(*args, **kwargs)
        if not source.is_sheet:
            del self.fields["poll_seconds"], self.fields["google_base"]

    def values(self) -> dict[str, Any]:
        more = ("poll_seconds", "google_base")
        return super().values() | {name: self.cleaned_data[name] for name in more if name in self.cleaned_data}


class SheetForm(forms.Form):
    """Which spreadsheet and which of its tabs."""

    spreadsheet = forms.CharField(
        label=_("Link of the sheet"),
        max_length=500,
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url", "autocomplete": "off"}),
    )
    tab = forms.ChoiceField(label=_("Tab"), required=False)

    def __init__(self, *args: Any, source: Source, **kwargs: Any) -> None:
        options = source.options
        initial = {"spreadsheet": options.get("spreadsheet_id", ""), "tab": options.get("tab", "")}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        known = options.get("tabs", [])
        if len(known) > 1:
            self.fields["tab"].choices = [(name, name) for name in known]  # type: ignore[attr-defined]
        else:
            del self.fields["tab"]


class UploadForm(forms.Form):
    """A file and the source its orders belong to."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or Excel, up to 60 MB. The first rows are shown before anything is imported."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.xlsm,.xlsb,.ods"}),
    )
    source_name = forms.CharField(
        label=_("Source"),
        max_length=80,
        required=False,
        help_text=_("Files of the same shop or export belong to one source. Empty: the name of the file."),
        widget=forms.TextInput(attrs={"list": "file-sources", "dir": "auto", "autocomplete": "off"}),
    )


class PasteForm(forms.Form):
    """Cells copied out of a spreadsheet."""

    cells = forms.CharField(
        label=_("Cells"),
        max_length=MAX_CHARACTERS,
        strip=False,
        help_text=_("With the row of names above them. The first rows are shown before anything is imported."),
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto", "class": "paste-cells", "spellcheck": "false"}),
    )
    source_name = forms.CharField(
        label=_("Source"),
        max_length=80,
        required=False,
        help_text=_("Cells of the same sheet belong to one source. Empty: “Pasted cells”."),
        widget=forms.TextInput(attrs={"list": "file-sources", "dir": "auto", "autocomplete": "off"}),
    )
