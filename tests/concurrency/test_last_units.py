"""Sixteen people confirm the last ten units at the same time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from commanda.kernel.actor import system_actor
from commanda.orders.services.transition import transition_order
from commanda.stock.errors import OutOfStock
from commanda.stock.models import StockLevel
from tests.factories import make_order, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, UNITS = 16, 10


def confirm_all(order_ids: list[int]) -> int:
    """Confirm each order in a thread of its own, all starting together; returns how many won."""
    start = Barrier(len(order_ids))

    def confirm(order_id: int) -> bool:
        try:
            start.wait(timeout=20)
            transition_order(actor=system_actor("test"), order_id=order_id, to="confirmed")
        except OutOfStock:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(len(order_ids)) as pool:
        return sum(pool.map(confirm, order_ids))


def test_exactly_the_stock_is_sold_when_all_confirm_at_once():
    variant = make_variant(stock=UNITS)
    won = confirm_all([make_order(variant).pk for _ in range(PEOPLE)])
    level = StockLevel.objects.get(pk=variant.pk)
    assert won == UNITS
    assert (level.reserved, level.available) == (UNITS, 0)


def test_stock_is_oversold_when_lock_and_constraint_are_off(monkeypatch):
    """The race is real: without its guards the same run promises more than there is."""
    from commanda.stock.services import move_units

    looking = Barrier(PEOPLE)

    def look_without_locking(variant_ids):
        levels = StockLevel.objects.in_bulk(variant_ids)
        looking.wait(timeout=20)  # everybody looks before anybody writes
        return levels

    variant = make_variant(stock=UNITS)
    order_ids = [make_order(variant).pk for _ in range(PEOPLE)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE stock_stocklevel DROP CONSTRAINT stock_never_oversold")
    monkeypatch.setattr(move_units, "lock_levels", look_without_locking)
    assert confirm_all(order_ids) > UNITS
    assert StockLevel.objects.get(pk=variant.pk).available < 0


def test_the_constraint_alone_refuses_when_only_the_lock_is_off(monkeypatch):
    """The last line of defence is the database itself."""
    from django.db import IntegrityError

    variant = make_variant(stock=1)
    StockLevel.objects.filter(pk=variant.pk).update(reserved=1)
    with pytest.raises(IntegrityError, match="stock_never_oversold"):
        StockLevel.objects.filter(pk=variant.pk).update(reserved=2)
