"""Twenty agents work off two thousand orders at the same time, half of them given out, half of them in the pool."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier, Lock

import pytest
from django.db import connections

from commanda.confirmation.models import CallPolicy, Lease, QueueEntry
from commanda.confirmation.selectors import (
    Openings,
    due_when,
    openings,
    own_entries,
    pool,
    queue_counts,
    queue_list,
    ranked,
)
from commanda.confirmation.services import next_order as service
from commanda.confirmation.services.queue import follow_stages
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Busy
from commanda.kernel.transaction import unit_of_work
from commanda.orders.effects import StageChange
from commanda.orders.models import Order, Store
from commanda.orders.services.create import create_orders
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.orders.stages import Stage
from tests.factories import make_actor, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")
AGENTS, ORDERS = 20, 2000
PATIENCE_S = 400


@dataclass(frozen=True)
class Handed:
    """One order handed out, between two instants."""

    order_id: int
    phone: str
    agent_id: int
    asked: float
    answered: float


@dataclass
class Ledger:
    """What the agents themselves saw."""

    handed: list[Handed] = field(default_factory=list)
    held: Counter = field(default_factory=Counter)
    clashes: list[object] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def take(self, row):
        with self.lock:
            for what in (row.order_id, row.phone):
                self.held[what] += 1
                if self.held[what] > 1:
                    self.clashes.append(what)
            self.handed.append(row)

    def give_back(self, row):
        with self.lock:
            self.held.subtract([row.order_id, row.phone])


@pytest.fixture
def actors():
    return [make_actor("agent") for _ in range(AGENTS)]


def fill(actors, number):
    """Orders of every kind; each twentieth client has two, with two agents."""
    CallPolicy.objects.update(capacity=number)
    variant, store = make_variant(stock=1), Store.objects.first()
    at = now() - timedelta(days=1)
    drafts = [
        OrderDraft(
            lines=(LineDraft(variant.pk, 1),),
            phone_e164=f"+2126{(number - 1 if number % 20 == 19 else number):08d}",
            customer_name="Salma Exemple",
            store_id=store.pk,
            channel="sheet",
            assignee_id=actors[number % len(actors)].user_id if number % 2 else None,
            created_at=at + timedelta(seconds=number * 7 % 1000),
        )
        for number in range(number)
    ]
    results = create_orders(actor=SYSTEM, drafts=drafts)
    assert len(results) == number
    entries = QueueEntry.objects.order_by("order_id")
    ids = list(entries.values_list("order_id", flat=True))
    entries.filter(order_id__in=ids[::5]).update(attempts=2, due_at=at + timedelta(minutes=9))
    entries.filter(order_id__in=ids[::13]).update(attempts=1, is_callback=True, due_at=at + timedelta(minutes=5))
    entries.filter(order_id__in=ids[::97]).update(is_pinned=True)


def leave(actor, change):
    """As a person does: again, when somebody held a row for too long."""
    while True:
        try:
            with unit_of_work():
                follow_stages(actor, [change])
            return
        except Busy:
            continue


def work_all(actors, *, patience=PATIENCE_S):
    """Each agent in a thread and with a connection of his own, until nothing is due."""
    ledger, start = Ledger(), Barrier(len(actors))

    def work(actor):
        try:
            start.wait(timeout=60)
            end = time.monotonic() + patience
            while time.monotonic() < end:
                asked = time.monotonic()
                try:
                    order = service.next_order(actor=actor)
                except Busy:
                    continue
                if order is None:
                    if not QueueEntry.objects.exists():
                        return
                    time.sleep(0.02)
                    continue
                row = Handed(order.pk, order.phone_e164, actor.user_id, asked, time.monotonic())
                ledger.take(row)
                time.sleep(0.002)  # the conversation
                ledger.give_back(row)
                # As a decision leaves the queue; the order itself is not at stake here.
                left = StageChange(order.pk, order.phone_e164, actor.user_id, Stage.NEW, Stage.CANCELLED, now())
                leave(actor, left)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actors)) as threads:
        list(threads.map(work, actors))
    return ledger


def overtaken(handed, place):
    """Pairs where a worse order was handed out although a better one lay free all the while and came only later."""
    return [
        (better, late)
        for late in handed
        for better in handed
        if place[better.order_id] < place[late.order_id] and better.asked > late.answered
    ]


def test_orders_are_each_worked_once_in_the_order_of_the_list_when_twenty_agents_take_them(actors):
    fill(actors, ORDERS)
    place = {pk: n for n, pk in enumerate(ranked(QueueEntry.objects.all(), now()).values_list("order_id", flat=True))}
    own = dict(Order.objects.values_list("pk", "assignee_id"))
    clients = Counter(Order.objects.values_list("phone_e164", flat=True))
    assert len(clients) == ORDERS * 19 // 20
    lists = {actor.user_id: [entry.order_id for entry in queue_list(actor)] for actor in actors}
    counts = {actor.user_id: queue_counts(actor) for actor in actors}
    assert all(counts[key].due == len(lists[key]) + pool().count() for key in lists)
    assert due_when(QueueEntry.objects.all(), now(), Openings()).count() == ORDERS

    ledger = work_all(actors)

    assert ledger.clashes == []
    assert Counter(row.order_id for row in ledger.handed) == dict.fromkeys(place, 1)  # none twice, none forgotten
    assert not QueueEntry.objects.exists()
    assert not Lease.objects.exists()
    for actor in actors:
        worked = [row for row in ledger.handed if row.agent_id == actor.user_id and own[row.order_id]]
        alone = [row.order_id for row in worked if clients[row.phone] == 1]
        assert alone == [pk for pk in lists[actor.user_id] if pk in set(alone)]  # the list is the order of "next"
    # An order of a client who has another may be kept for that one's agent; all others come strictly by rank.
    from_pool = [row for row in ledger.handed if own[row.order_id] is None and clients[row.phone] == 1]
    assert overtaken(from_pool, place) == []


def test_orders_are_worked_twice_when_nobody_locks_or_leases(actors, monkeypatch):
    """The race is real: without locks and leases agents take the same orders, and ring the same clients."""

    def look(actor, at, policy, *, among=None, beside=()):
        entries = own_entries(actor) if among is None else pool().filter(order_id__in=among)
        return due_when(entries, at, openings(policy, at)).select_related("order").first()

    monkeypatch.setattr(service, "lock_best", look)
    monkeypatch.setattr(service, "take_lease", lambda *args, **kwargs: True)
    fill(actors, 200)
    ledger = work_all(actors, patience=60)
    assert ledger.clashes
    assert len(ledger.handed) > 200
