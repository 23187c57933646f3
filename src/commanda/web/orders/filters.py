"""The orders list's address as filters."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.catalog.models import Product
from commanda.kernel.actor import Actor
from commanda.orders import selectors
from commanda.orders.filters import NOBODY, OrderFilters
from commanda.orders.models import Order
from commanda.orders.stages import Stage
from commanda.web.fields import CityField


def _date(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class FilterForm(forms.Form):
    """Every filter of the list; what cannot be read is left out rather than refused."""

    q = forms.CharField(required=False, max_length=100)
    stage = forms.ChoiceField(choices=[("", ""), *Stage.choices], required=False)
    state = forms.SlugField(required=False)
    agent = forms.ChoiceField(label=_("Agent"), required=False)
    product = forms.ModelChoiceField(
        label=_("Product"), queryset=Product.objects.none(), required=False, empty_label=_("All products")
    )
    city = CityField(label=_("City"), required=False, empty_label=_("All cities"))
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("All channels")), *Order.Channel.choices]
    )
    platform = forms.CharField(label=_("Platform"), required=False, max_length=30)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=40)
    carrier = forms.IntegerField(required=False, widget=forms.HiddenInput)
    variant = forms.IntegerField(required=False, widget=forms.HiddenInput)
    duplicates = forms.BooleanField(label=_("Possible duplicates only"), required=False)
    created_from = _date(_("Created from"))
    created_to = _date(_("Created until"))
    delivered_from = _date(_("Delivered from"))
    delivered_to = _date(_("Delivered until"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = selectors.ordered_products()  # type: ignore[attr-defined]
        for name in ("product", "agent"):
            self.fields[name].widget.attrs["data-select"] = ""
        if actor.can(Perm.ORDERS_ASSIGN):
            people = [(str(pk), name) for pk, name in agents().values_list("pk", "name")]
            choices = [("", _("All agents")), (NOBODY, _("Nobody yet")), *people]
            self.fields["agent"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["agent"]


def read_filters(form: FilterForm) -> OrderFilters:
    """The filters of a bound form; unreadable ones are dropped."""
    form.is_valid()
    data = {name: value for name, value in form.cleaned_data.items() if value}
    for name in ("product", "city"):
        if name in data:
            data[name] = data[name].pk
    return OrderFilters(**data)
