"""Two people merge the same pair in opposite directions; somebody merges what an agent is just confirming."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connections

from commanda.insights.books import assert_books_balance
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Busy, Conflict
from commanda.orders.models import Order
from commanda.orders.services import merge as service
from commanda.orders.services import transition
from commanda.orders.services.merge import merge_orders
from commanda.orders.services.transition import transition_order
from commanda.stock.models import StockLevel
from tests.factories import make_order, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")
PHONE = "+212661000001"


def make_pair(variant):
    return [make_order(variant, phone_e164=PHONE).pk for _ in range(2)]


def together(*acts) -> list[object]:
    """Run the acts in threads, starting together; what each came to."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=20)
            act()
        except (Conflict, Busy) as error:
            return error
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def both_ways(one, two):
    return (
        lambda: merge_orders(actor=SYSTEM, keep_id=one, merge_id=two, take_lines=True),
        lambda: merge_orders(actor=SYSTEM, keep_id=two, merge_id=one, take_lines=True),
    )


def test_one_of_two_people_wins_when_they_merge_in_opposite_directions():
    variant = make_variant(stock=40)
    for _ in range(6):
        one, two = make_pair(variant)
        errors = together(*both_ways(one, two))
        assert sum(error is None for error in errors) == 1
        merged = Order.objects.filter(pk__in=(one, two)).exclude(merged_into=None)
        assert merged.count() == 1
        assert Order.objects.get(pk=merged.get().merged_into_id).stage == "new"
    assert_books_balance()


def test_client_is_left_without_an_order_when_the_lock_is_off(monkeypatch):
    """The race is real: who looked before the other wrote merges all the same, and nobody calls the client."""
    one, two = make_pair(make_variant(stock=40))
    there, back = both_ways(one, two)
    lock, has_looked, has_merged = service.lock_orders, Event(), Event()

    def look_early(actor, order_ids):
        if has_looked.is_set():
            return lock(actor, order_ids)
        found = list(Order.objects.visible_to(actor).filter(pk__in=order_ids))
        has_looked.set()
        assert has_merged.wait(timeout=20)
        return found

    def merge_meanwhile():
        assert has_looked.wait(timeout=20)
        try:
            back()
        finally:
            has_merged.set()

    monkeypatch.setattr(service, "lock_orders", look_early)
    monkeypatch.setattr(service, "edit_order", lambda **_: Order.objects.get(pk=one))
    assert together(there, merge_meanwhile) == [None, None]
    assert Order.objects.filter(pk__in=(one, two), stage="cancelled").count() == 2


def test_order_is_merged_or_confirmed_but_not_both_when_an_agent_confirms_it():
    variant = make_variant(stock=40)
    for _ in range(6):
        one, two = make_pair(variant)
        together(
            lambda one=one, two=two: merge_orders(actor=SYSTEM, keep_id=one, merge_id=two, take_lines=False),
            lambda two=two: transition_order(actor=SYSTEM, order_id=two, to="confirmed"),
        )
        order = Order.objects.get(pk=two)
        # Merged after it was confirmed gives its unit back; confirmed after it was merged is refused.
        assert (order.stage, order.merged_into_id) == ("cancelled", one)
    assert StockLevel.objects.get(pk=variant.pk).reserved == 0
    assert_books_balance()


def test_merged_order_stays_confirmed_when_the_agent_does_not_wait_for_the_lock(monkeypatch):
    """The guard off: the agent looks before the merge and writes after it."""
    variant = make_variant(stock=40)
    one, two = make_pair(variant)
    has_looked, has_merged = Event(), Event()

    def look_early(actor, order_ids):
        found = list(Order.objects.visible_to(actor).filter(pk__in=order_ids))
        has_looked.set()
        assert has_merged.wait(timeout=20)
        return found

    def merge_meanwhile():
        assert has_looked.wait(timeout=20)
        try:
            merge_orders(actor=SYSTEM, keep_id=one, merge_id=two, take_lines=False)
        finally:
            has_merged.set()

    monkeypatch.setattr(transition, "lock_orders", look_early)
    errors = together(merge_meanwhile, lambda: transition_order(actor=SYSTEM, order_id=two, to="confirmed"))
    assert errors == [None, None]
    order = Order.objects.get(pk=two)
    assert (order.stage, order.merged_into_id) == ("confirmed", one)
