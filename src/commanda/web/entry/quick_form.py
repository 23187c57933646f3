"""The one-page form of agents, filled from a client's message."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commanda.catalog.models import Variant
from commanda.catalog.selectors import sellable_variants
from commanda.customers.models import City
from commanda.customers.selectors import delivered_cities
from commanda.intake.matching import load_cities, load_products
from commanda.intake.message_text import MAX_MESSAGE, ReadMessage, read_message
from commanda.kernel.actor import Actor
from commanda.kernel.phone import PhoneProblem, parse_phone
from commanda.orders.entry_selectors import KnownClient, known_client
from commanda.web.orders.forms import OrderForm

FIRST = ("phone_e164", "customer_name", "city", "address", "note")


class QuickForm(OrderForm):
    """Who ordered and where it goes, with the client's own words."""

    message = forms.CharField(
        label=_("The client's message"),
        max_length=MAX_MESSAGE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    price_remark = forms.CharField(
        label=_("Why the price differs"), max_length=300, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    field_order = ("message", *FIRST)


@dataclass(slots=True)
class Filled:
    """A form's values with what the message said about them: field → "sure", "unsure" or "client"."""

    values: dict[str, Any]
    items: list[dict[str, Any]]
    marks: dict[str, str] = field(default_factory=dict)
    reading: ReadMessage | None = None
    cities: list[City] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    known: KnownClient | None = None

    def offered(self, name: str) -> list[tuple[str, str]]:
        """What the message may mean for a field: (value, text)."""
        if name == "city":
            return [(str(city.pk), str(city)) for city in self.cities]
        told = {"customer_name": "name", "phone_e164": "phone", "phone2_e164": ""}.get(name, "")
        doubt = self.reading.doubt(told) if self.reading and told else None
        return [(str(value), str(value)) for value in doubt.values] if doubt else []

    def question(self, name: str) -> str:
        """The words that nobody could read for sure."""
        told = {"customer_name": "", "phone_e164": "phone", "city": "city", "lines": "product"}.get(name, "")
        doubt = self.reading.doubt(told) if self.reading and told else None
        return doubt.written if doubt else ""

    @property
    def offered_quantity(self) -> int:
        doubt = self.reading.doubt("product") if self.reading else None
        return doubt.quantity if doubt else 1


def fill_from_message(actor: Actor, values: dict[str, Any], items: list[dict[str, Any]]) -> Filled:
    """Fill what is empty from `values["message"]`; what a person typed stays, a difference is offered."""
    message = str(values.get("message", ""))
    reading = read_message(message, cities=load_cities(), products=load_products())
    filled = Filled(dict(values), list(items), reading=reading)
    told = {
        "phone_e164": reading.phone.display if reading.phone else "",
        "phone2_e164": reading.phone2.display if reading.phone2 else "",
        "customer_name": reading.name,
        "city": str(reading.city_id or ""),
        "address": reading.address,
        "note": reading.note[:1000],
    }
    for name, value in told.items():
        if value and not filled.values.get(name):
            filled.values[name] = value
            filled.marks[name] = "unsure" if name == "customer_name" and "name" in reading.unsure else "sure"
    filled.values["channel"] = "whatsapp" if message.strip() else values.get("channel", "")
    if not filled.items and reading.items:
        filled.items = [{"variant": item.variant_id, "quantity": item.quantity} for item in reading.items]
        filled.marks["lines"] = "sure"
    _load_offers(actor, filled)
    _fill_from_client(actor, filled)
    return filled


def _load_offers(actor: Actor, filled: Filled) -> None:
    reading = filled.reading
    city = reading.doubt("city") if reading else None
    if city is not None and not filled.values.get("city"):
        found = delivered_cities().in_bulk([int(pk) for pk in city.values])
        filled.cities = [found[int(pk)] for pk in city.values if int(pk) in found][:6]
    product = reading.doubt("product") if reading else None
    if product is not None and not filled.items:
        by_id = sellable_variants(actor).in_bulk([int(pk) for pk in product.values])
        filled.variants = [by_id[int(pk)] for pk in product.values if int(pk) in by_id]


def _fill_from_client(actor: Actor, filled: Filled) -> None:
    """A known phone fills what neither the person nor the message said."""
    filled.known = client_of(actor, str(filled.values.get("phone_e164", "")))
    if filled.known is None or filled.known.client is None:
        return
    client = filled.known.client
    for name, value in (("customer_name", client.name), ("city", client.city_id), ("address", client.address)):
        if value and not filled.values.get(name) and not filled.offered(name):
            filled.values[name] = value
            filled.marks[name] = "client"


def client_of(actor: Actor, typed: str) -> KnownClient | None:
    """What is known of a typed phone; None when it is none yet, or nothing is known."""
    try:
        phone = parse_phone(typed).e164
    except PhoneProblem:
        return None
    known = known_client(actor, phone)
    return known if known.is_known else None
