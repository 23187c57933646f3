"""Orders move, are called and change hands while two workers and a reader keep the sums."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from threading import Event

import pytest
from django.db import connections

from commanda.finance.services.costs import set_product_cost
from commanda.insights.books import check_kept_sums
from commanda.insights.compute import figures
from commanda.insights.models import RowChange
from commanda.insights.periods import last_days
from commanda.insights.services.keep import keep_sums
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import CommandaError
from commanda.orders.models import Order
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.contact import note_contact
from commanda.orders.services.transition import transition_order
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")
PEOPLE, STEPS, ORDERS, CLIENTS = 4, 40, 24, 5
NEXT = {
    "new": "confirmed",
    "confirmed": "shipped",
    "shipped": "delivered",
    "delivered": "returned",
    "returned": "delivered",
}


def work(seed, order_ids, variant_id, agents):
    """Do some of everything to some of the orders; what is not allowed just now is not done."""
    chance = random.Random(seed)
    try:
        for _step in range(STEPS):
            order_id = chance.choice(order_ids)
            with suppress(CommandaError):
                match chance.randrange(8):
                    case 0:
                        assign_orders(actor=SYSTEM, order_ids=[order_id], agent_id=chance.choice(agents))
                    case 1:
                        note_contact(actor=SYSTEM, order_id=order_id)
                    case 2:
                        cost = Decimal(chance.randrange(1, 50))
                        day = today() - timedelta(days=chance.randrange(2))
                        set_product_cost(actor=SYSTEM, variant_id=variant_id, amount=cost, valid_from_on=day)
                    case _:
                        stage = Order.objects.values_list("stage", flat=True).get(pk=order_id)
                        transition_order(actor=SYSTEM, order_id=order_id, to=NEXT[stage])
    finally:
        connections.close_all()


def keep(ended):
    try:
        while not ended.is_set():
            keep_sums(most_orders=3)
    finally:
        connections.close_all()


def read(ended):
    try:
        while not ended.is_set():
            assert figures(SYSTEM, last_days(1), kpis=("leads",))["leads"] == ORDERS
    finally:
        connections.close_all()


def test_kept_sums_are_what_the_rows_come_to_when_all_happens_at_once():
    variant = make_variant(stock=1000)
    phones = [f"+21261234567{number}" for number in range(CLIENTS)]
    order_ids = [make_order(variant, phone_e164=phones[number % CLIENTS]).pk for number in range(ORDERS)]
    agents = [make_user("agent").pk for _number in range(3)]
    ended = Event()
    with ThreadPoolExecutor(PEOPLE + 3) as pool:
        others = [pool.submit(keep, ended), pool.submit(keep, ended), pool.submit(read, ended)]
        people = [pool.submit(work, seed, order_ids, variant.pk, agents) for seed in range(PEOPLE)]
        try:
            for person in people:
                person.result(timeout=120)
        finally:
            ended.set()
        for other in others:
            other.result(timeout=30)
    while keep_sums():
        pass
    assert not RowChange.objects.exists()
    assert check_kept_sums().differences == []
    assert Order.objects.filter(stage="delivered").exists()
