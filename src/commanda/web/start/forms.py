from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

LANGUAGES = [("fr", "Français"), ("ar", "العربية"), ("en", "English")]


class FirstRunForm(forms.Form):
    """Who administers this installation, and what its store is called."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=128,
        help_text=_("At least 8 characters, not only digits, not a common word."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    store_name = forms.CharField(label=_("Name of your store"), max_length=80, help_text=_("As your clients know it."))
    store_prefix = forms.CharField(
        label=_("Letters before order numbers"),
        max_length=4,
        initial="CM",
        help_text=_("One to four letters: orders are then called CM-000001, CM-000002 …"),
        validators=[RegexValidator(r"^[A-Za-z]{1,4}$", _("One to four letters from A to Z."))],
        widget=forms.TextInput(attrs={"dir": "ltr", "autocapitalize": "characters", "autocomplete": "off"}),
    )

    def clean_store_prefix(self) -> str:
        text: Any = self.cleaned_data["store_prefix"]
        return str(text).upper()
