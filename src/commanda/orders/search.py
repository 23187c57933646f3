"""What somebody types into a search field, as orders: a reference, a phone or a part of one, a client, a product."""

import re
from functools import reduce
from operator import and_, or_
from typing import Final

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Reverse

from commanda.catalog.models import Variant
from commanda.kernel.text import fold, western_digits
from commanda.orders.models import Order, OrderLine

REFERENCE: Final = re.compile(r"^[a-z]{0,4}-?0*(\d{1,12})$", re.IGNORECASE)
# A part of a phone is looked up by its first or its last digits: fewer would be half of all clients.
_FEWEST_DIGITS: Final = 4
_NATIONAL_DIGITS: Final = 9
_MOST_VARIANTS: Final = 200


class PhoneReversed(Reverse):
    """The phone from its end, as the index `order_phone_end` holds it."""

    output_field = CharField()


def matching(text: str) -> Q:
    """Orders whose reference, phone, client or product answers to what was typed."""
    text = western_digits(text).strip()
    found = [*_by_number(text), *_by_words(text)]
    return reduce(or_, found, Q(pk__in=[])) if found else Q(pk__in=[])


def _by_number(text: str) -> list[Q]:
    found = []
    if reference := REFERENCE.match(text):
        found.append(Q(pk=int(reference.group(1))))
    digits = re.sub(r"\D", "", text)
    if len(digits) < _FEWEST_DIGITS or re.search(r"[^\W\d_]", text):
        return found
    national = digits.removeprefix("00212").removeprefix("212").lstrip("0")
    if len(national) == _NATIONAL_DIGITS:
        return [*found, Q(phone_e164=f"+212{national}"), Q(phone2_e164=f"+212{national}")]
    if national:
        found.append(Q(phone_e164__startswith=f"+212{national}"))
        found.append(Q(phone_end__startswith=digits[::-1]))
    return found


def _by_words(text: str) -> list[Q]:
    if not re.search(r"[^\W\d_]", text):
        return []
    words = fold(text).split()
    if not words:
        return []
    named = reduce(and_, (Q(name_folded__contains=word) for word in words))
    variants = list(_variants_named(text, words)[:_MOST_VARIANTS])
    if not variants:
        return [named]
    # As a union of two sets: an OR over two tables would read every order there is.
    lines = OrderLine.objects.filter(variant_id__in=variants).order_by().values_list("order_id")
    return [Q(pk__in=Order.objects.filter(named).order_by().values_list("pk").union(lines))]


def _variants_named(text: str, words: list[str]) -> QuerySet[Variant, int]:
    named = reduce(and_, (Q(product__name_folded__contains=word) for word in words))
    return Variant.objects.filter(Q(sku__iexact=text) | named).values_list("pk", flat=True)


def searchable(rows: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with what `matching` asks about."""
    return rows.alias(phone_end=PhoneReversed("phone_e164"))
