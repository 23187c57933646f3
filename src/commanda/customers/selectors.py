import re
import threading
import time

from django.db.models import Q, QuerySet

from commanda.customers.city_names import CityIndex
from commanda.customers.models import City, CityAlias, Customer
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.text import fold, western_digits


def find_customers(actor: Actor, *, q: str = "", only_blocked: bool = False) -> QuerySet[Customer]:
    """Clients by part of a name or of a phone, newest first."""
    rows = Customer.objects.visible_to(actor).select_related("city").order_by("-id")
    if only_blocked:
        rows = rows.filter(is_blocked=True)
    text = western_digits(q).strip()
    if not text:
        return rows
    digits = re.sub(r"\D", "", text).removeprefix("212").lstrip("0")
    if digits and not re.search(r"[^\W\d_]", text):
        return rows.filter(Q(phone_e164__contains=digits) | Q(phone2_e164__contains=digits))
    for word in fold(text).split():
        rows = rows.filter(name_folded__contains=word)
    return rows


def get_customer(actor: Actor, customer_id: int) -> Customer:
    """One client the actor may see. Raises `NotFound`."""
    customer = Customer.objects.visible_to(actor).select_related("city").filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    return customer


def client_by_phone(actor: Actor, phone_e164: str) -> Customer | None:
    """The client known under a phone, if the actor may see them."""
    return Customer.objects.visible_to(actor).filter(phone_e164=phone_e164).first()


def is_blocked_phone(phone_e164: str) -> bool:
    """Whether the client of a phone is blocked: a warning for everybody, without the reason or the name."""
    return Customer.objects.filter(phone_e164=phone_e164, is_blocked=True).exists()


def delivered_cities() -> QuerySet[City]:
    """The cities that can be delivered to, by French name."""
    return City.objects.filter(is_active=True)


def city_choices() -> list[tuple[int, str]]:
    """(id, name in the reader's language) of each of them; one query."""
    return list(delivered_cities().values_list("pk", City.name_field()))


SPELLINGS_SECONDS = 60
_spellings_lock = threading.Lock()
_spellings: list[tuple[float, CityIndex]] = []


def city_called(text: str) -> int | None:
    """The id of the city that a text names beyond doubt, or None.

    Each process reads the spellings at most once a minute: one learnt elsewhere counts a minute later.
    """
    with _spellings_lock:  # the index remembers what it was asked, and threads share it
        return _index().match(text)


def cities_like(text: str, limit: int = 3) -> list[City]:
    """The delivered cities whose names are nearest to a text, best first: for a person to choose from."""
    with _spellings_lock:
        nearest = [pk for pk, _likeness in _index().suggest(text, limit)]
    cities = City.objects.filter(is_active=True).in_bulk(nearest)
    return [cities[pk] for pk in nearest if pk in cities]


def city_in_address(text: str) -> City | None:
    """The one delivered city that an address names: only a suggestion, it may mention a city it is not in."""
    with _spellings_lock:
        city_id = _index().find_in_address(text)
    return City.objects.filter(pk=city_id, is_active=True).first() if city_id is not None else None


def _index() -> CityIndex:
    now_s = time.monotonic()
    if not _spellings or now_s - _spellings[0][0] > SPELLINGS_SECONDS:
        index = CityIndex(CityAlias.objects.values_list("text_folded", "city_id"))
        _spellings[:] = [(now_s, index)]
    return _spellings[0][1]


def city_names(city_ids: set[str]) -> dict[str, str]:
    """City id (as text, as histories keep it) → name in the reader's language."""
    ids = [pk for pk in city_ids if pk.isdecimal()]
    return {str(city.pk): str(city) for city in City.objects.filter(pk__in=ids)} if ids else {}
