import threading
import time

from commanda.customers.city_names import CityIndex
from commanda.customers.models import CityAlias, Customer
from commanda.kernel.actor import Actor


def client_by_phone(actor: Actor, phone_e164: str) -> Customer | None:
    """The client known under a phone, if the actor may see them."""
    return Customer.objects.visible_to(actor).filter(phone_e164=phone_e164).first()


SPELLINGS_SECONDS = 60
_spellings_lock = threading.Lock()
_spellings: list[tuple[float, CityIndex]] = []


def city_called(text: str) -> int | None:
    """The id of the city that a text names beyond doubt, or None.

    Each process reads the spellings at most once a minute: one learnt elsewhere counts a minute later.
    """
    with _spellings_lock:  # the index remembers what it was asked, and threads share it
        now_s = time.monotonic()
        if not _spellings or now_s - _spellings[0][0] > SPELLINGS_SECONDS:
            index = CityIndex(CityAlias.objects.values_list("text_folded", "city_id"))
            _spellings[:] = [(now_s, index)]
        return _spellings[0][1].match(text)
