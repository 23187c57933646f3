"""Forms for people, roles and keys."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import Role, User
from commanda.accounts.permissions import Perm
from commanda.kernel.clock import day_range
from commanda.web.fields import PhoneField


class UserForm(forms.Form):
    """A person; the password is required only for a new one."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"dir": "ltr"}))
    role = forms.ModelChoiceField(label=_("Role"), queryset=Role.objects.all(), empty_label=None)
    phone_e164 = PhoneField(label=_("Phone"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters. Give it to the person yourself; they can change it."),
    )
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        if user is not None:
            names = ("name", "email", "phone_e164", "language", "is_active")
            kwargs["initial"] = {name: getattr(user, name) for name in names} | {"role": user.role_id}
        super().__init__(*args, **kwargs)
        if user is None:
            del self.fields["is_active"]
            self.fields["password"].required = True
        else:
            self.fields["password"].label = _("New password")
            self.fields["password"].help_text = _("Leave it empty to keep the present one.")

    def changes(self) -> dict[str, Any]:
        data = {name: value for name, value in self.cleaned_data.items() if name not in {"password", "role"}}
        return data | {"role_id": self.cleaned_data["role"].pk}


class RoleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    permissions = forms.MultipleChoiceField(
        label=_("Rights"), choices=Perm.choices, widget=forms.CheckboxSelectMultiple, required=False
    )


class KeyForm(forms.Form):
    user = forms.ModelChoiceField(
        label=_("Acts as"), queryset=User.objects.none(), help_text=_("The key has this person's rights.")
    )
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What it is for, e.g. the web shop."))
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: until somebody revokes it."),
    )
    permissions = forms.MultipleChoiceField(
        label=_("Only these rights"),
        choices=Perm.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None ticked: everything the person may do, also what they may do later."),
    )

    def __init__(self, *args: Any, users: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = users  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        last = data["expires_on"]
        return {
            "user": data["user"],
            "name": data["name"],
            "permissions": data["permissions"] or None,
            "expires_at": day_range(last, last)[1] if last else None,
        }
