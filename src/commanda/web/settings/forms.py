"""Forms of the settings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.orders.models import Store


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
