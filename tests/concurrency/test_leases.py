"""Eight agents take forty orders of twenty clients at the same time."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock

import pytest
from django.db import connections

from commanda.audit.models import Event
from commanda.confirmation.models import Call, Lease, QueueEntry
from commanda.confirmation.services import next_order as service
from commanda.confirmation.services.assign import distribute
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.presence import set_presence
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Busy
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
AGENTS, ORDERS = 8, 40
PATIENCE_S = 60


class Ledger:
    """Who is on the phone with whom, as the agents themselves see it."""

    def __init__(self):
        self.lock, self.held, self.clashes, self.worked = Lock(), set(), [], Counter()

    def take(self, order):
        with self.lock:
            for what in (order.pk, order.phone_e164):
                if what in self.held:
                    self.clashes.append(what)
                self.held.add(what)
            self.worked[order.pk] += 1

    def give_back(self, order):
        with self.lock:
            self.held -= {order.pk, order.phone_e164}


def work_all(actors) -> Ledger:
    """Each agent in a thread of his own takes orders and confirms them until none is left."""
    ledger, start = Ledger(), Barrier(len(actors))

    def work(actor):
        try:
            start.wait(timeout=20)
            end = time.monotonic() + PATIENCE_S
            while time.monotonic() < end and QueueEntry.objects.exists():
                try:
                    order = service.next_order(actor=actor)
                except Busy:
                    continue
                if order is None:
                    time.sleep(0.01)
                    continue
                ledger.take(order)
                time.sleep(0.02)  # the conversation
                ledger.give_back(order)
                log_call(actor=actor, order_id=order.pk, outcome="confirmed")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actors)) as pool:
        list(pool.map(work, actors))
    return ledger


@pytest.fixture
def actors():
    return [make_actor("agent") for _ in range(AGENTS)]


@pytest.fixture
def orders():
    variant = make_variant(stock=ORDERS)
    return [
        make_order(variant, phone_e164=f"+2126550001{number // 2:02d}", city_text="Fès") for number in range(ORDERS)
    ]


def test_no_order_and_no_client_is_held_twice_when_agents_take_orders_at_once(actors, orders):
    ledger = work_all(actors)
    assert ledger.clashes == []
    assert ledger.worked == {order.pk: 1 for order in orders}  # none twice, none forgotten
    assert Call.objects.count() == ORDERS
    assert not Lease.objects.exists()


def test_clients_are_held_twice_when_the_lease_is_off(actors, orders, monkeypatch):
    """The race is real: without the lease, two agents ring the same client."""
    monkeypatch.setattr(service, "take_lease", lambda *args, **kwargs: True)
    assert work_all(actors).clashes


def test_each_order_is_given_once_when_distribution_meets_agents_who_help_themselves(actors, orders):
    for actor in actors[:4]:
        set_presence(actor=actor, status="online")
    start = Barrier(AGENTS)

    def give_or_take(actor):
        try:
            start.wait(timeout=20)
            for _round in range(3):
                if actor in actors[:4]:
                    distribute(actor=system_actor("test"))
                else:
                    service.next_order(actor=actor)
                    Lease.objects.filter(agent_id=actor.user_id).delete()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AGENTS) as pool:
        list(pool.map(give_or_take, actors))
    given = Counter(Event.objects.filter(name="order.assigned").values_list("subject_id", flat=True))
    assert given == {order.pk: 1 for order in orders}
