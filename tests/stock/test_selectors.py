from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.kernel.actor import ANONYMOUS, system_actor
from commanda.kernel.clock import now, time_is, today
from commanda.kernel.errors import NotFound
from commanda.orders.services.transition import transition_order
from commanda.stock import leaving
from commanda.stock.leaving import left_in
from commanda.stock.selectors import bundle_available, cover, level_of_sku, levels, low_levels, product_units
from tests.factories import make_actor, make_bundle, make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def cover_of(variant):
    return cover(SYSTEM, levels(SYSTEM).filter(pk=variant.pk))[variant.pk]


def test_days_of_cover_follow_what_left_in_fourteen_days():
    variant = make_variant(stock=100)
    with time_is(now() - timedelta(days=20)):
        make_order((variant, 30), state="shipped")
    make_order((variant, 7), state="shipped")
    make_order((variant, 7), state="delivered")
    make_order((variant, 6), state="confirmed")
    found = cover_of(variant)
    assert found.left_qty == 14
    assert found.days == Decimal(50)  # 100 − 30 − 14 − 6, one a day


def test_days_that_are_over_are_added_up_once_and_the_present_ones_every_time():
    variant, other = make_variant(stock=100), make_variant(stock=100)
    for ago, units in ((15, 50), (13, 1), (5, 2), (2, 4), (1, 8)):
        with time_is(now() - timedelta(days=ago)):
            make_order((variant, units), state="shipped")
    make_order((other, 3), state="shipped")
    with CaptureQueriesContext(connection) as first:
        assert left_in(14) == {variant.pk: 15, other.pk: 3}
    with time_is(now() - timedelta(days=1)):  # committed late
        make_order((variant, 16), state="shipped")
    taken_back = make_order((other, 5), state="shipped")
    transition_order(actor=SYSTEM, order_id=taken_back.pk, to="confirmed")
    with CaptureQueriesContext(connection) as again:
        assert left_in(14) == {variant.pk: 31, other.pk: 3}
    assert (len(first), len(again)) == (3, 2)


def test_days_move_on_when_a_process_lives_long():
    variant = make_variant(stock=100)
    for ago, units in ((13, 1), (5, 2)):
        with time_is(now() - timedelta(days=ago)):
            make_order((variant, units), state="shipped")
    assert left_in(14)[variant.pk] == 3
    with time_is(now() + timedelta(days=3)):
        make_order((variant, 4), state="shipped")
    with time_is(now() + timedelta(days=7)):
        assert left_in(14)[variant.pk] == 6
        assert min(leaving._over) == today() - timedelta(days=13)


def test_days_of_cover_are_unknown_when_nothing_left():
    variant = make_variant(stock=10)
    order = make_order((variant, 4), state="shipped")
    transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
    assert cover_of(variant).days is None


def test_days_of_cover_are_zero_when_nothing_is_available():
    variant = make_variant(stock=4)
    make_order((variant, 4), state="shipped")
    assert cover_of(variant).days == 0


def test_returned_units_still_count_as_left():
    variant = make_variant(stock=28)
    make_order((variant, 14), state="returned")
    assert cover_of(variant).days == Decimal(14)


def test_levels_are_found_by_name_sku_and_option():
    tea = make_variant(name="Théière fassie", sku="TH-1", color="Rouge")
    make_variant(name="Tapis")
    for search in ("theiere", "th-1", "rouge fassie"):
        assert [level.pk for level in levels(SYSTEM, search=search)] == [tea.pk]


def test_low_levels_leave_out_what_is_not_sold_or_not_watched():
    low = make_variant(stock=3, low_stock_qty=5)
    make_variant(stock=3, low_stock_qty=0)
    make_variant(stock=3, low_stock_qty=5, is_active=False)
    make_variant(stock=6, low_stock_qty=5)
    assert [level.pk for level in low_levels(SYSTEM)] == [low.pk]


def test_a_product_shows_its_variants_units_together_and_a_bundle_what_its_parts_allow():
    cup, spoon = make_variant(stock=10), make_variant(stock=9)
    bundle = make_bundle({cup: 1, spoon: 2})
    make_order((cup, 2), state="shipped")
    units = product_units(SYSTEM, [cup.product_id, bundle.product_id])
    assert (units[cup.product_id].on_hand, units[cup.product_id].in_transit, units[cup.product_id].available) == (
        10,
        2,
        8,
    )
    assert units[bundle.product_id].available == 4
    assert bundle_available(SYSTEM, [bundle.pk]) == {bundle.pk: 4}


def test_nothing_is_shown_when_the_actor_may_not_see_stock():
    variant = make_variant(stock=3)
    assert not levels(ANONYMOUS).exists()
    assert product_units(ANONYMOUS, [variant.product_id]) == {}
    with pytest.raises(NotFound):
        level_of_sku(ANONYMOUS, variant.sku)
    assert level_of_sku(make_actor("buyer"), variant.sku).pk == variant.pk


def test_queries_do_not_grow_when_there_are_more_variants():
    def count():
        with CaptureQueriesContext(connection) as queries:
            rows = list(levels(SYSTEM))
            cover(SYSTEM, rows)
            product_units(SYSTEM, [row.variant.product_id for row in rows])
        return len(queries)

    make_bundle({make_variant(stock=3): 1})
    count()  # the first time, days that are over are added up
    few = count()
    for _number in range(10):
        make_bundle({make_variant(stock=3): 1})
    assert count() == few
