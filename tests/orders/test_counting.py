import threading

import pytest
from django.core.cache import caches
from django.db import connection

from commanda.insights.books import check_books
from commanda.kernel.actor import system_actor
from commanda.orders import counting
from commanda.orders.counting import capped_count, capped_counts, counts_of, counts_without_filters, rounded
from commanda.orders.filters import OrderFilters
from commanda.orders.models import Order, OrderCount
from commanda.orders.selectors import find_orders
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.counts import fold_counts
from commanda.orders.services.transition import transition_orders
from tests.factories import make_order, make_user, make_variant

SYSTEM = system_actor("test")


def counted(actor):
    return {pk: number for pk, number in counts_without_filters(actor).by_state.items() if number}


def recounted(rows):
    found = {}
    for state_id in rows.values_list("state_id", flat=True):
        found[state_id] = found.get(state_id, 0) + 1
    return found


@pytest.mark.django_db
def test_counters_follow_every_move_and_assignment():
    agent = make_user("agent")
    variant = make_variant(stock=50)
    orders = [make_order(variant) for _number in range(6)]
    ids = [order.pk for order in orders]
    transition_orders(actor=SYSTEM, order_ids=ids[:3], to="confirmed")
    assign_orders(actor=SYSTEM, order_ids=ids[2:5], agent_id=agent.pk)
    Order.objects.filter(pk=ids[5]).update(note="rien de nouveau")
    assert counted(SYSTEM) == recounted(Order.objects.all())
    own = make_order(variant, actor=agent.as_actor())
    assert counted(agent.as_actor()) == recounted(Order.objects.visible_to(agent.as_actor()))
    assert own.state_id in counted(agent.as_actor())
    fold_counts()
    assert counted(SYSTEM) == recounted(Order.objects.all())
    assert OrderCount.objects.count() <= 4


@pytest.mark.django_db
def test_check_books_tells_a_counter_that_is_wrong():
    order = make_order(make_variant())
    OrderCount.objects.create(state_id=order.state_id, assignee_id=None, qty=1)
    wrong = {book.name for book in check_books() if not book.is_balanced}
    assert wrong == {"orders.counters"}


@pytest.mark.django_db(transaction=True)
def test_no_order_is_lost_from_the_counters_when_folding_meets_new_orders():
    variant = make_variant(stock=500)

    def make_some():
        try:
            for _number in range(10):
                make_order(variant)
        finally:
            connection.close()

    threads = [threading.Thread(target=make_some) for _number in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        fold_counts()
    for thread in threads:
        thread.join()
    fold_counts()
    assert counted(SYSTEM) == recounted(Order.objects.all())


@pytest.mark.django_db
def test_many_matches_of_a_large_table_are_estimated_and_say_so(monkeypatch, django_assert_num_queries):
    variant = make_variant()
    for _number in range(12):
        make_order(variant, platform="tiktok")
    rows = find_orders(SYSTEM, OrderFilters(platform="tiktok"))
    assert counts_of(rows).total == 12
    assert not counts_of(rows).is_estimate
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")
    monkeypatch.setattr(counting, "_SMALL_TABLE", 0)
    monkeypatch.setattr(counting, "EXACT_UP_TO", 5)
    monkeypatch.setattr(counting, "_SAMPLED_ROWS", 12)  # all of them: the estimate is then exact
    estimated = counts_of(rows)
    assert estimated.is_estimate
    assert estimated.total == 12
    # The same filters within a minute, say for the next page, ask nothing; others do.
    make_order(variant, platform="tiktok")
    with django_assert_num_queries(0):
        assert counts_of(rows) == estimated
    assert counts_of(rows.filter(platform="tiktok", channel="manual")) != estimated
    caches["estimates"].clear()
    assert counts_of(rows).total == 13
    # Expected to be many from the start: looked at in the sample at once; the few that come then are counted.
    monkeypatch.setattr(counting, "_SURELY_MORE", 0)
    monkeypatch.setattr(counting, "_FEW_IN_SAMPLE", 5)
    caches["estimates"].clear()
    assert counts_of(rows).total == 13
    few = counts_of(rows.filter(pk__lte=min(row.pk for row in rows) + 2))
    assert (few.total, few.is_estimate) == (3, False)
    # Which ones they are was found on the way.
    assert few.newest(few.by_state) == sorted((row.pk for row in rows), reverse=True)[-3:]
    assert few.newest([]) == estimated.newest(estimated.by_state) == []


@pytest.mark.django_db
def test_views_are_counted_up_to_the_cap_in_one_statement(django_assert_num_queries):
    variant = make_variant()
    for _number in range(4):
        make_order(variant, platform="tiktok")
    queries = [find_orders(SYSTEM, OrderFilters(platform=name)) for name in ("tiktok", "facebook")]
    with django_assert_num_queries(1):
        assert capped_counts([capped_count(rows, 3) for rows in queries]) == [3, 0]
    assert capped_counts([]) == []


@pytest.mark.parametrize(("number", "shown"), [(0, 0), (7, 7), (41, 41), (412, 410), (41387, 41000), (987654, 990000)])
def test_estimates_keep_two_digits(number, shown):
    assert rounded(number) == shown
