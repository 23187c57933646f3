"""Sixteen clients move the same orders of the same products in every direction: nobody stands in a deadlock.

COMMANDA_MIXED_MOVES says how many moves; `make chaos` does 10,000.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from commanda.insights.books import assert_books_balance
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Busy
from commanda.orders import locks
from commanda.orders.models import Order
from commanda.orders.services import transition
from tests.factories import make_order, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS, ORDERS = 16, 48
MOVES = int(os.environ.get("COMMANDA_MIXED_MOVES", "800"))
TARGETS = ("to_confirm", "confirmed", "shipped", "delivered", "returned", "cancelled")


def deadlocks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        return cursor.fetchone()[1]


def move_all(moves, *, at_a_time):
    """Each client moves some orders at a time, in an order of its own; how many moves were asked, how many held up."""
    variants = [make_variant(stock=10_000) for _number in range(4)]
    chance = random.Random(1)
    ids = [make_order(*chance.sample(variants, 3)).pk for _number in range(ORDERS)]
    start = Barrier(CLIENTS)

    def client(number):
        own, asked, busy = random.Random(number), 0, 0
        try:
            start.wait(timeout=60)
            while asked < moves / CLIENTS:
                some = own.sample(ids, own.randint(1, at_a_time))
                asked += len(some)
                try:
                    transition.transition_orders(
                        actor=system_actor("test"), order_ids=some, to=own.choice(TARGETS), reason_text="essai"
                    )
                except Busy:
                    busy += 1
        finally:
            connections.close_all()
        return asked, busy

    with ThreadPoolExecutor(CLIENTS) as pool:
        found = list(pool.map(client, range(CLIENTS)))
    return sum(asked for asked, _busy in found), sum(busy for _asked, busy in found)


def test_nobody_stands_in_a_deadlock_when_all_move_the_same_orders():
    before = deadlocks()
    asked, _busy = move_all(MOVES, at_a_time=6)
    assert asked >= MOVES
    assert deadlocks() == before
    assert_books_balance()


def test_deadlocks_come_when_orders_are_not_locked_in_their_order(monkeypatch):
    """The guard off: each client locks as it happens to have been asked, one after the other."""

    def lock_as_asked(actor, order_ids):
        return [order for pk in order_ids for order in locks.lock_orders(actor, [pk])]

    assert Order.objects.count() == 0
    monkeypatch.setattr(transition, "lock_orders", lock_as_asked)
    before = deadlocks()
    _asked, busy = move_all(640, at_a_time=20)
    assert busy > 0
    assert deadlocks() > before
