"""A supervisor gives an order to somebody else in the moment in which its agent is handed it to call."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connections

from commanda.confirmation.models import Lease, QueueEntry
from commanda.confirmation.services import reassign as service
from commanda.confirmation.services.next_order import next_order
from commanda.confirmation.services.reassign import reassign
from commanda.orders.models import Order
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def supervisor():
    return make_actor("supervisor")


@pytest.fixture
def agent():
    return make_actor("agent")


@pytest.fixture
def colleague():
    return make_actor("agent")


def closing(act):
    try:
        return act()
    finally:
        connections.close_all()


def test_order_is_called_or_given_away_but_not_both_when_it_happens_at_once(supervisor, agent, colleague):
    variant = make_variant(stock=20)
    for _round in range(8):
        order = make_order(variant, assignee_id=agent.user_id)
        start = Barrier(2)

        def call(start=start):
            start.wait(timeout=20)
            return next_order(actor=agent)

        def give_away(start=start, order=order):
            start.wait(timeout=20)
            return reassign(actor=supervisor, order_ids=[order.pk], agent_id=colleague.user_id)

        with ThreadPoolExecutor(2) as pool:
            called, given = pool.map(closing, (call, give_away))
        assert (called is None) == bool(given.moved)
        assert [kept.why for kept in given.kept] == ([] if given.moved else [service.IN_HAND])
        holder = colleague if given.moved else agent
        assert Order.objects.get(pk=order.pk).assignee_id == holder.user_id
        assert Lease.objects.filter(agent_id=agent.user_id, order=order).exists() == (not given.moved)
        Lease.objects.all().delete()
        QueueEntry.objects.all().delete()


def give_away_while_he_asks(monkeypatch, supervisor, agent, colleague, order):
    """Between the supervisor's look at who holds the order and his writing, its agent asks for work."""
    has_looked, has_asked = Event(), Event()
    assign = service.assign_orders

    def assign_late(**given):
        has_looked.set()
        assert has_asked.wait(timeout=20)
        return assign(**given)

    def ask():
        assert has_looked.wait(timeout=20)
        try:
            return next_order(actor=agent)
        finally:
            has_asked.set()

    monkeypatch.setattr(service, "assign_orders", assign_late)
    with ThreadPoolExecutor(2) as pool:
        return list(
            pool.map(
                closing,
                (ask, lambda: reassign(actor=supervisor, order_ids=[order.pk], agent_id=colleague.user_id)),
            )
        )


def test_agent_gets_nothing_when_the_order_is_just_given_away(supervisor, agent, colleague, monkeypatch):
    order = make_order(make_variant(stock=5), assignee_id=agent.user_id)
    called, given = give_away_while_he_asks(monkeypatch, supervisor, agent, colleague, order)
    assert (called, len(given.moved)) == (None, 1)
    assert not Lease.objects.exists()


def test_order_is_taken_from_an_agent_on_the_phone_when_the_lock_is_off(supervisor, agent, colleague, monkeypatch):
    """The race is real: who only looks does not see that the order is being taken."""
    order = make_order(make_variant(stock=5), assignee_id=agent.user_id)
    look = lambda actor, ids: list(Order.objects.visible_to(actor).filter(pk__in=ids))  # noqa: E731
    monkeypatch.setattr(service, "lock_orders", look)
    called, given = give_away_while_he_asks(monkeypatch, supervisor, agent, colleague, order)
    assert (called, len(given.moved)) == (order, 1)
    assert Lease.objects.get().agent_id == agent.user_id
    assert Order.objects.get(pk=order.pk).assignee_id == colleague.user_id
