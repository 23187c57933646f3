"""Forms of the assignment rules and of what each agent handles."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.ads.models import Platform
from commanda.catalog.selectors import products
from commanda.confirmation.models import AgentProfile, AssignmentRule, ClientLanguage
from commanda.confirmation.selectors import agent_choices
from commanda.customers.models import City, Zone
from commanda.kernel.actor import Actor
from commanda.orders.models import Order, Store
from commanda.web.products.forms import AmountField


class KeysField(forms.ModelMultipleChoiceField):
    """Several rows; the value is the list of their keys."""

    def __init__(self, label: Any, **options: Any) -> None:
        widget = forms.SelectMultiple(attrs={"data-select": ""})
        super().__init__(queryset=Store.objects.none(), label=label, required=False, widget=widget, **options)

    def clean(self, value: Any) -> list[int]:  # type: ignore[override]
        return sorted(row.pk for row in super().clean(value))


def _several(label: Any, choices: Any) -> forms.MultipleChoiceField:
    widget = forms.SelectMultiple(attrs={"data-select": ""})
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=widget)


class RuleForm(forms.Form):
    """A rule: whom it gives to, and the conditions under which it does."""

    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("Empty: it is called by what it does.")
    )
    method = forms.ChoiceField(label=_("Give to"), choices=AssignmentRule.Method.choices)
    agent_ids = KeysField(_("Only these agents"), help_text=_("Empty: everybody who is present."))
    product_ids = KeysField(_("Products"), help_text=_("One of them is in the order."))
    city_ids = KeysField(_("Cities"))
    zone_ids = KeysField(_("Zones"))
    store_ids = KeysField(_("Stores"))
    channels = _several(_("Channels"), Order.Channel.choices)
    platforms = _several(_("Platforms"), [])
    language = forms.ChoiceField(
        label=_("The client writes in"), choices=[("", _("Any")), *ClientLanguage.choices], required=False
    )
    client_kind = forms.ChoiceField(
        label=_("Clients"), choices=[("", _("All")), *AssignmentRule.ClientKind.choices], required=False
    )
    min_amount = AmountField(label=_("Order value from"), required=False)
    max_amount = AmountField(label=_("Order value up to"), required=False)

    def __init__(self, *args: Any, actor: Actor, rule: AssignmentRule | None = None, **kwargs: Any) -> None:
        if rule is not None:
            kwargs["initial"] = {name: getattr(rule, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        _choices(self, agent_ids=agent_choices(actor), **_things(actor))
        self.fields["platforms"].choices = [(row.slug, row.name) for row in Platform.objects.all()]  # type: ignore[attr-defined]

    def parts(self) -> list[tuple[Any, list[Any]]]:
        """The fields as the page groups them."""
        groups = (
            (_("What it does"), ("name", "method", "agent_ids")),
            (_("Which orders"), ("product_ids", "store_ids", "channels", "platforms", "min_amount", "max_amount")),
            (_("Which clients"), ("client_kind", "language", "city_ids", "zone_ids")),
        )
        return [(title, [self[name] for name in names]) for title, names in groups]


class ProfileForm(forms.Form):
    """What an agent handles, and how much."""

    is_taking_orders = forms.BooleanField(label=_("Gets new orders by the rules"), required=False)
    capacity = forms.IntegerField(
        label=_("Open orders at most"),
        required=False,
        min_value=0,
        max_value=5000,
        help_text=_("Empty: as many as everybody."),
    )
    weight = forms.IntegerField(
        label=_("Weight in %"),
        min_value=1,
        max_value=500,
        help_text=_("For rules that look at results: 200 is twice as many orders."),
    )
    languages = _several(_("Handles clients who write in"), ClientLanguage.choices)
    product_ids = KeysField(_("Handles products"), help_text=_("Empty: all."))
    city_ids = KeysField(_("Handles cities"), help_text=_("Empty: all."))

    def __init__(self, *args: Any, actor: Actor, profile: AgentProfile, **kwargs: Any) -> None:
        kwargs["initial"] = {name: getattr(profile, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        _choices(self, **_things(actor))


def _things(actor: Actor) -> dict[str, QuerySet[Any]]:
    return {
        "product_ids": products(actor),
        "city_ids": City.objects.all(),
        "zone_ids": Zone.objects.all(),
        "store_ids": Store.objects.all(),
    }


def _choices(form: forms.Form, **choices: QuerySet[Any]) -> None:
    for name, rows in choices.items():
        if name in form.fields:
            form.fields[name].queryset = rows  # type: ignore[attr-defined]
