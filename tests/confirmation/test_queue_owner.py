"""An entry of the queue says whose its order is, whoever writes what in which order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, connections, transaction

from commanda.confirmation.models import QueueEntry
from commanda.confirmation.services import queue as service
from commanda.confirmation.services.queue import requeue_strays
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.orders.models import Order
from commanda.orders.services.transition import transition_order
from tests.factories import make_actor, make_order, make_variant


def whose(order):
    entry = QueueEntry.objects.get(order=order)
    return entry.assignee_id, entry.created_by_id, entry.store_id, entry.ordered_at


def fields(order):
    order.refresh_from_db()
    return order.assignee_id, order.created_by_id, order.store_id, order.created_at


@pytest.fixture
def order():
    return make_order(make_variant(stock=5))


@pytest.mark.django_db
def test_entry_follows_its_order(order):
    assert whose(order) == fields(order)
    for agent_id in (make_actor("agent").user_id, make_actor("agent").user_id, None):
        Order.objects.filter(pk=order.pk).update(assignee=agent_id)
        assert whose(order) == fields(order)
        assert whose(order)[0] == agent_id


@pytest.mark.django_db
def test_entry_that_was_read_before_its_order_changed_hands_is_saved_with_the_new_owner(order):
    entry = QueueEntry.objects.get(order=order)
    agent_id = make_actor("agent").user_id
    Order.objects.filter(pk=order.pk).update(assignee=agent_id)
    entry.attempts = 3
    entry.save()
    assert whose(order)[0] == agent_id


@pytest.mark.django_db
def test_entries_made_at_once_know_whose_they_are():
    orders = [make_order(make_variant(), assignee_id=make_actor("agent").user_id) for _ in range(3)]
    QueueEntry.objects.all().delete()
    QueueEntry.objects.bulk_create(QueueEntry(order=order, due_at=now()) for order in orders)
    assert [whose(order) for order in orders] == [fields(order) for order in orders]


UNGUARDED = "FOR NO KEY UPDATE"


@pytest.fixture
def guard_off():
    """The look at the order without its lock; put back afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('confirmation_entry_as_order'::regproc)")
        guarded = cursor.fetchone()[0]
        assert UNGUARDED in guarded

    def switch():
        with connection.cursor() as cursor:
            cursor.execute(guarded.replace(UNGUARDED, ""))

    yield switch
    with connection.cursor() as cursor:
        cursor.execute(guarded)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_guarded", [True, False], ids=["locked", "guard off"])
def test_order_given_away_while_it_is_queued(order, guard_off, is_guarded):
    if not is_guarded:
        guard_off()
    agent_id = make_actor("agent").user_id
    QueueEntry.objects.all().delete()
    is_queued, is_given = Event(), Event()

    def queue():
        try:
            with transaction.atomic():
                QueueEntry.objects.create(order_id=order.pk, due_at=now())
                is_queued.set()
                # The other one either has given it away by now, or waits for this transaction.
                is_given.wait(timeout=1)
        finally:
            connections.close_all()

    def give():
        try:
            assert is_queued.wait(timeout=20)
            Order.objects.filter(pk=order.pk).update(assignee=agent_id)
            is_given.set()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(queue), pool.submit(give)]:
            done.result(timeout=30)
    assert fields(order)[0] == agent_id
    assert (whose(order)[0] == agent_id) == is_guarded


def unlocked(_exhausted_state_id):
    return list(Order.objects.filter(queue_entry=None, stage="new").values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_guarded", [True, False], ids=["locked", "guard off"])
def test_stray_that_is_just_being_confirmed_is_not_queued_again(order, monkeypatch, is_guarded):
    if not is_guarded:
        monkeypatch.setattr(service, "lock_strays", unlocked)
    QueueEntry.objects.all().delete()
    is_confirmed, is_looked = Event(), Event()

    def confirm():
        try:
            with transaction.atomic():
                transition_order(actor=system_actor("test"), order_id=order.pk, to="confirmed")
                is_confirmed.set()
                # The other one either has found nothing by now, or waits for this transaction.
                is_looked.wait(timeout=1)
        finally:
            connections.close_all()

    def requeue():
        try:
            assert is_confirmed.wait(timeout=20)
            requeue_strays()
            is_looked.set()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(confirm), pool.submit(requeue)]:
            done.result(timeout=30)
    assert QueueEntry.objects.filter(order=order).exists() != is_guarded
