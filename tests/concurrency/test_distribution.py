"""Two distributions at the same time: each order is given once, and nobody gets more than his capacity."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from django.db import connections

from commanda.audit.models import Event
from commanda.confirmation.models import CallPolicy, QueueEntry
from commanda.confirmation.services import assign
from commanda.confirmation.services.presence import set_presence
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
AGENTS, ORDERS, CAPACITY = 4, 40, 3
SYSTEM = system_actor("test")


@pytest.fixture(autouse=True)
def shop(monkeypatch):
    CallPolicy.objects.update(capacity=CAPACITY)
    monkeypatch.setattr(assign, "AT_ONCE", 6)  # so few that both find some
    for _ in range(AGENTS):
        set_presence(actor=make_actor("agent"), status="online")
    variant = make_variant()
    for _ in range(ORDERS):
        make_order(variant)


def distribute_twice():
    """The load of the fullest agent, and how often each order was given."""
    start = Barrier(2)

    def run(_number):
        try:
            start.wait(timeout=20)
            return assign.distribute(actor=SYSTEM)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        given = list(threads.map(run, range(2)))
    loads = Counter(Order.objects.exclude(assignee=None).values_list("assignee_id", flat=True))
    return max(loads.values()), Counter(pk for shares in given for pk in shares)


def test_capacity_holds_when_two_distributions_run_at_once():
    fullest, times = distribute_twice()
    assert fullest == CAPACITY
    assert set(times.values()) == {1}
    assert len(times) == AGENTS * CAPACITY
    assert Event.objects.filter(name="order.assigned").count() == AGENTS * CAPACITY
    assert set(QueueEntry.objects.filter(order__assignee=None).values_list("unassigned_reason", flat=True)) == {"full"}


def test_agents_get_too_much_when_distributions_do_not_wait_for_each_other(monkeypatch):
    """The race is real: both count the same open orders and fill the same room."""
    together = Barrier(2)

    def meet():
        with suppress(BrokenBarrierError):  # the other one has finished
            together.wait(timeout=2)

    read = assign.lock_unassigned

    def read_together(*args, **kwargs):
        rows = read(*args, **kwargs)
        meet()
        return rows

    monkeypatch.setattr(assign, "lock_distribution", lambda: None)
    monkeypatch.setattr(assign, "lock_unassigned", read_together)
    fullest, _times = distribute_twice()
    assert fullest > CAPACITY
