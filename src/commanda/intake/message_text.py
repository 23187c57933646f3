"""Reads an order out of a client's message, as WhatsApp brings it: a sentence, a form, several messages at once.

Nothing is guessed in silence: product, city and phone are taken when certain, else offered to a person. Nothing is
lost: the parts of a reading, put together, are the message, and what nobody recognised becomes the note.
"""

from dataclasses import dataclass, replace
from typing import Final

from commanda.customers.city_names import CityIndex
from commanda.intake.matching import ProductMatcher
from commanda.intake.message_labels import Labelled, find_labelled
from commanda.intake.message_parts import Canvas, Part, Role
from commanda.intake.message_people import claim_fillers, claim_wording, find_name, names_left, wanted_text
from commanda.intake.message_phones import FoundPhones, find_phones
from commanda.intake.message_places import FoundCity, find_address, find_city, read_city
from commanda.intake.message_products import (
    MessageItem,
    find_products,
    quantity_of,
    read_labelled,
    suggest_products,
)
from commanda.kernel.phone import Phone
from commanda.kernel.text import fold

__all__ = ["Doubt", "MessageItem", "Part", "ReadMessage", "Role", "read_message"]

MAX_MESSAGE: Final = 4_000


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a person has to decide: `values` to choose from (names, phones, ids of cities or variants), best first."""

    field: str
    written: str
    values: tuple[str | int, ...] = ()
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """What a message says. Empty where it says nothing certain; `unsure` fields are filled, but worth a look."""

    parts: tuple[Part, ...]
    phone: Phone | None = None
    phone2: Phone | None = None
    name: str = ""
    city_id: int | None = None
    address: str = ""
    items: tuple[MessageItem, ...] = ()
    note: str = ""
    doubts: tuple[Doubt, ...] = ()
    unsure: frozenset[str] = frozenset()

    def doubt(self, field: str) -> Doubt | None:
        return next((doubt for doubt in self.doubts if doubt.field == field), None)


def read_message(message: str, *, cities: CityIndex, products: ProductMatcher) -> ReadMessage:
    """Read a message of at most `MAX_MESSAGE` characters (the rest is left to the note). Never raises."""
    head, tail = message[:MAX_MESSAGE], message[MAX_MESSAGE:]
    reading = _Reading(head, cities, products).result()
    if not tail:
        return reading
    return replace(reading, parts=(*reading.parts, Part(tail, Role.NOTE)), note=f"{reading.note} {tail}".strip())


class _Reading:
    """One message under way."""

    def __init__(self, message: str, cities: CityIndex, products: ProductMatcher) -> None:
        self.canvas = Canvas(message)
        self.cities = cities
        self.products = products
        self.doubts: list[Doubt] = []
        self.unsure: set[str] = set()

    def result(self) -> ReadMessage:
        phones = find_phones(self.canvas)
        labelled = find_labelled(self.canvas)
        name = labelled.text("name")
        items = self._labelled_items(labelled)
        city = read_city(labelled.text("city"), self.cities) if labelled.text("city") else FoundCity()
        notes = labelled.texts("note")
        addresses = labelled.texts("address")
        claim_wording(self.canvas)
        name = name or find_name(self.canvas)
        items = items or find_products(self.canvas, self.products)
        city = self._city(city, labelled)
        wanted = "" if items else self._suggest_products(labelled)
        addresses += find_address(self.canvas)
        claim_fillers(self.canvas, is_wanted_found=bool(items))
        name = name or self._likely_name(phones, {*city.words, *fold(wanted).split()})
        self._phone_doubts(phones)
        rest = self.canvas.rest()
        return ReadMessage(
            parts=self.canvas.parts(),
            phone=phones.phones[0] if phones.phones else None,
            phone2=phones.phones[1] if len(phones.phones) > 1 else None,
            name=name,
            city_id=city.city_id,
            address=", ".join(addresses),
            items=tuple(items),
            note=", ".join([*notes, *([rest] if rest else [])]),
            doubts=tuple(self.doubts),
            unsure=frozenset(self.unsure),
        )

    def _labelled_items(self, labelled: Labelled) -> list[MessageItem]:
        quantity = quantity_of(labelled.text("quantity")) if labelled.text("quantity") else None
        color, size = labelled.text("color"), labelled.text("size")
        items: list[MessageItem] = []
        for text in labelled.texts("product"):
            found = read_labelled(text, self.products, color=color, size=size, quantity=quantity)
            if not found:
                return []
            items += found
        return items

    def _city(self, city: FoundCity, labelled: Labelled) -> FoundCity:
        if city.city_id is None:
            beside = find_city(self.canvas, self.cities)
            if city.written:
                beside = FoundCity(None, city.written, [*city.suggestions, *_of(beside)])
            elif beside.city_id is None and labelled.text("address"):
                beside.suggestions += _of(read_city(labelled.text("address"), self.cities))
            city = beside
        if city.city_id is None and (city.written or city.suggestions):
            self.doubts.append(Doubt("city", city.written, tuple(dict.fromkeys(city.suggestions))))
        return city

    def _suggest_products(self, labelled: Labelled) -> str:
        """What the message seems to want; a labelled product, or what stands beside "I would like"."""
        details = [labelled.text(name) for name in ("product", "color", "size")]
        wanted = " ".join(filter(None, details)) if details[0] else wanted_text(self.canvas)
        rows, quantity = suggest_products(wanted or self.canvas.rest(), self.products, is_wanted=bool(wanted))
        quantity = quantity_of(labelled.text("quantity")) or quantity if labelled.text("quantity") else quantity
        if rows or wanted:
            self.doubts.append(Doubt("product", wanted, tuple(row.pk for row in rows), quantity))
        return wanted

    def _likely_name(self, phones: FoundPhones, strange: set[str]) -> str:
        """A stretch that looks like a name is taken, marked; others, and single words, are offered."""
        for row in self.products.variants.values():
            strange.update(fold(row.product).split())
        spans, single = names_left(self.canvas, strange)
        likely = [self.canvas.said(*span) for span in spans] + ([phones.sender] if phones.sender else [])
        if spans:
            self.canvas.claim(*spans[0], Role.NAME)
        if likely:
            self.unsure.add("name")
        others = tuple(dict.fromkeys([*likely[1:], *single]))
        if others:
            self.doubts.append(Doubt("name", likely[0] if likely else "", others))
        return likely[0] if likely else ""

    def _phone_doubts(self, phones: FoundPhones) -> None:
        if phones.broken and not phones.phones:
            self.doubts.append(Doubt("phone", phones.broken))
        elif len(phones.phones) > 2:
            self.doubts.append(Doubt("phone", "", tuple(phone.display for phone in phones.phones[2:])))


def _of(city: FoundCity) -> list[int]:
    return [city.city_id] if city.city_id is not None else city.suggestions
