"""The orders list's address as filters, and the filters as chips and as a form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents, names_of
from commanda.catalog.models import Product
from commanda.intake.models import Source
from commanda.intake.selectors import source_names
from commanda.kernel.actor import Actor
from commanda.kernel.money import format_mad
from commanda.orders import selectors
from commanda.orders.filters import NOBODY, OrderFilters
from commanda.orders.models import Order, OrderType, State, Store
from commanda.orders.stages import Stage
from commanda.shipping.models import Carrier, Parcel
from commanda.web.fields import CityField
from commanda.web.numbers import number_or_none

ANY: Final = gettext_lazy("Any")
# How the form is parted; each filter stands in one of them.
GROUPS: Final = (
    (gettext_lazy("Who"), ("agent", "created_by", "city", "no_city", "blocked")),
    (gettext_lazy("What"), ("total_from", "total_to", "product", "payment", "tag", "upsell", "noted", "duplicates")),
    (gettext_lazy("From where"), ("channel", "source", "platform", "campaign", "store", "order_type")),
    (gettext_lazy("Calls"), ("attempts_from", "attempts_to", "contacted_from", "contacted_to", "callback")),
    (gettext_lazy("Parcel"), ("carrier", "parcel", "tracking")),
    (
        gettext_lazy("When"),
        (
            "created_from", "created_to", "confirmed_from", "confirmed_to", "shipped_from", "shipped_to",
            "delivered_from", "delivered_to", "updated_from", "updated_to", "period",
            "entered", "entered_from", "entered_to",
        ),
    ),
)  # fmt: skip
_KEPT_BY_TABS: Final = ("q", "stage", "state", "view")


def _date(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


def _number(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=1000)


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, min_value=0, max_digits=10, decimal_places=2, localize=True)


def _text(label: Any, length: int) -> forms.CharField:
    widget = forms.TextInput(attrs={"dir": "auto"})
    return forms.CharField(label=label, required=False, max_length=length, widget=widget)


def _choice(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", ANY), *choices])


def _mark(label: Any) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def _row(label: Any, model: Any) -> forms.ModelChoiceField:
    widget = forms.Select(attrs={"data-select": ""})
    return forms.ModelChoiceField(
        label=label, queryset=model._default_manager.none(), required=False, empty_label=ANY, widget=widget
    )


class _AgentField(forms.ChoiceField):
    """An agent's id, or "none". People are read only where the list is drawn."""

    widget = forms.Select(attrs={"data-select": ""})

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=_agent_choices, **options)

    def valid_value(self, value: Any) -> bool:
        return value == NOBODY or number_or_none(str(value)) is not None


def _agent_choices() -> list[tuple[str, Any]]:
    people = [(str(pk), name) for pk, name in agents().values_list("pk", "name")]
    return [("", ANY), (NOBODY, _("Nobody yet")), *people]


class FilterForm(forms.Form):
    """Every filter of the list; what cannot be read is left out rather than refused."""

    q = forms.CharField(required=False, max_length=100)
    stage = forms.ChoiceField(choices=[("", ""), *Stage.choices], required=False)
    state = forms.SlugField(required=False)
    variant = forms.IntegerField(required=False, widget=forms.HiddenInput)
    agent = _AgentField(label=gettext_lazy("Agent"), required=False)
    created_by = _row(gettext_lazy("Entered by"), agents().model)
    product = _row(gettext_lazy("Product"), Product)
    city = CityField(label=gettext_lazy("City"), required=False, empty_label=ANY)
    no_city = _mark(gettext_lazy("City unknown"))
    blocked = _mark(gettext_lazy("Client blocked"))
    total_from = _amount(gettext_lazy("Total from"))
    total_to = _amount(gettext_lazy("Total up to"))
    payment = _choice(
        gettext_lazy("Cash"),
        [
            ("expected", gettext_lazy("Expected")),
            ("collected", gettext_lazy("Collected at delivery")),
            ("none", gettext_lazy("None: returned or cancelled")),
        ],
    )
    tag = _text(gettext_lazy("Tags"), 100)
    upsell = _mark(gettext_lazy("With upsell"))
    noted = _mark(gettext_lazy("With a note"))
    duplicates = _mark(gettext_lazy("Possible duplicates"))
    channel = _choice(gettext_lazy("Channel"), list(Order.Channel.choices))
    source = _row(gettext_lazy("Source"), Source)
    platform = _text(gettext_lazy("Platform"), 30)
    campaign = _text(gettext_lazy("Campaign"), 120)
    store = _row(gettext_lazy("Store"), Store)
    order_type = _row(gettext_lazy("Order type"), OrderType)
    attempts_from = _number(gettext_lazy("Attempts from"))
    attempts_to = _number(gettext_lazy("Attempts up to"))
    callback = _choice(
        gettext_lazy("Call-back"),
        [("overdue", gettext_lazy("Overdue")), ("promised", gettext_lazy("Promised"))],
    )
    contacted_from = _date(gettext_lazy("First contact from"))
    contacted_to = _date(gettext_lazy("First contact until"))
    carrier = _row(gettext_lazy("Carrier"), Carrier)
    parcel = _choice(gettext_lazy("Parcel status"), list(Parcel.Status.choices))
    tracking = _text(gettext_lazy("Tracking number"), 60)
    period = _choice(
        gettext_lazy("Received"),
        [
            ("today", gettext_lazy("Today")),
            ("yesterday", gettext_lazy("Yesterday")),
            ("7d", gettext_lazy("7 days")),
            ("30d", gettext_lazy("30 days")),
            ("90d", gettext_lazy("90 days")),
        ],
    )
    created_from = _date(gettext_lazy("Created from"))
    created_to = _date(gettext_lazy("Created until"))
    confirmed_from = _date(gettext_lazy("Confirmed from"))
    confirmed_to = _date(gettext_lazy("Confirmed until"))
    shipped_from = _date(gettext_lazy("Shipped from"))
    shipped_to = _date(gettext_lazy("Shipped until"))
    delivered_from = _date(gettext_lazy("Delivered from"))
    delivered_to = _date(gettext_lazy("Delivered until"))
    updated_from = _date(gettext_lazy("Changed from"))
    updated_to = _date(gettext_lazy("Changed until"))
    entered = _row(gettext_lazy("Came into the state"), State)
    entered_from = _date(gettext_lazy("Came into it from"))
    entered_to = _date(gettext_lazy("Came into it until"))

    def __init__(self, data: QueryDict | None = None, *, actor: Actor, asked_only: bool = False) -> None:
        """With `asked_only` just the fields that the address names: a list reads six addresses a page."""
        if asked_only and data is not None:
            asked = {name: field for name, field in self.base_fields.items() if data.get(name)}
            # Django copies the fields from here; set on the instance, it holds for this form alone.
            self.base_fields = asked  # type: ignore[misc]
        super().__init__(data)
        rows = {
            "product": selectors.ordered_products,
            "store": selectors.stores,
            "order_type": OrderType.objects.all,
            "carrier": Carrier.objects.all,
            "source": source_names,
            "created_by": agents,
            "entered": selectors.every_state,
        }
        for name in rows.keys() & self.fields.keys():
            self.fields[name].queryset = rows[name]()  # type: ignore[attr-defined]
        if not actor.can(Perm.ORDERS_ASSIGN):
            for name in ("agent", "created_by"):
                self.fields.pop(name, None)

    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        """The fields in their groups, as far as this person has them."""
        for title, names in GROUPS:
            yield title, [self[name] for name in names if name in self.fields]


def read_filters(form: FilterForm) -> OrderFilters:
    """The filters of a bound form; unreadable ones are dropped."""
    form.is_valid()
    data = {name: value for name, value in form.cleaned_data.items() if value is not False and value not in ("", None)}
    return OrderFilters(**{name: getattr(value, "pk", value) for name, value in data.items()})


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter: what it says, and the address without it."""

    label: str
    text: str
    url: str


def filters_of(query: QueryDict, actor: Actor) -> tuple[OrderFilters, list[Chip]]:
    """The filters of an address, and a chip for each that narrows the list."""
    form = FilterForm(query, actor=actor, asked_only=True)
    filters = read_filters(form)
    chips = [
        Chip(str(field.label), _in_words(name, field, form.cleaned_data[name]), _without(query, name))
        for name, field in form.fields.items()
        if name not in _KEPT_BY_TABS and name in form.cleaned_data and name in filters.active()
    ]
    return filters, chips


def _in_words(name: str, field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.BooleanField):
        return ""
    if name == "agent":
        return _("Nobody yet") if value == NOBODY else names_of({int(value)}).get(int(value), "?")
    if name in ("total_from", "total_to"):
        return format_mad(value)
    if isinstance(field, forms.DateField):
        return date_format(value, "j N Y")
    if isinstance(field, forms.ModelChoiceField):
        return str(field.label_from_instance(value))
    if isinstance(field, forms.ChoiceField):
        labels: dict[Any, Any] = dict(list(field.choices))  # type: ignore[arg-type]
        return str(labels.get(value, value))
    return str(value)


def _without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    for gone in (name, "after"):
        rest.pop(gone, None)
    return f"?{rest.urlencode()}"
