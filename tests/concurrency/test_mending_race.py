"""Two people mend the same row, two workers do the same act on many rows: each row becomes one order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from commanda.intake.models import Mending, StagedRow
from commanda.intake.services import mend_many, mend_row
from commanda.intake.services.fixing import Fix
from commanda.intake.services.mend_many import begin_mending, run_mending
from commanda.intake.services.mend_row import mend_rows
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from tests.factories import make_variant
from tests.intake.helpers import make_source, read, row, sheet

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")
ROWS = 24


def twice(act):
    """Run the act in two threads that start together; both answers."""
    start = Barrier(2)

    def run(_number):
        try:
            start.wait(timeout=20)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def waiting_row() -> int:
    make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")
    read(make_source(), sheet(row(1, telephone="#ERROR!")))
    return StagedRow.objects.get().pk


def mend(pk):
    (result,) = mend_rows(actor=SYSTEM, fixes={pk: {0: Fix(texts={"phone": "0611223344"})}})
    return result.error.code if result.error else "imported"


def test_row_becomes_one_order_when_two_people_mend_it_at_once():
    pk = waiting_row()
    assert sorted(twice(lambda: mend(pk))) == ["imported", "row_imported"]
    assert Order.objects.count() == 1


def test_row_becomes_two_orders_when_the_lock_is_off(monkeypatch):
    """The race is real: both look before either writes, and the client gets two parcels."""
    pk, looking = waiting_row(), Barrier(2)

    def look_without_locking(row_ids):
        rows = list(StagedRow.objects.filter(pk__in=row_ids).order_by("pk"))
        looking.wait(timeout=20)
        return rows

    monkeypatch.setattr(mend_row, "lock_rows", look_without_locking)
    assert twice(lambda: mend(pk)) == ["imported", "imported"]
    assert Order.objects.count() == 2


def waiting_act(monkeypatch) -> Mending:
    """An act on many rows, six chunks of four."""
    monkeypatch.setattr(mend_many, "AT_ONCE", 4)
    make_variant(name="Montre Atlas", sku="ATLAS", price="199.00")
    read(make_source(), sheet(*(row(number, quantite="?") for number in range(ROWS))))
    ids = StagedRow.objects.order_by("pk").values_list("pk", flat=True)
    options = {"field": "quantity", "text": "2"}
    return begin_mending(actor=SYSTEM, action="set", row_ids=ids, options=options)


def test_every_row_is_counted_once_when_two_workers_share_an_act(monkeypatch):
    mending = waiting_act(monkeypatch)
    twice(lambda: run_mending(actor=SYSTEM, mending_id=mending.pk))
    mending.refresh_from_db()
    assert (mending.done_qty, mending.imported_qty, mending.refused_qty) == (ROWS, ROWS, 0)
    assert Order.objects.count() == ROWS


def test_rows_are_counted_twice_when_the_act_is_not_locked(monkeypatch):
    """The guard off: both workers take the same first chunk, and one finds its rows done."""
    mending, looking = waiting_act(monkeypatch), Barrier(2)

    def look_without_locking(_actor, mending_id):
        found = Mending.objects.get(pk=mending_id)
        looking.wait(timeout=20)
        return found

    monkeypatch.setattr(mend_many, "lock_mending", look_without_locking)
    one, two = twice(lambda: mend_many.mend_chunk(actor=SYSTEM, mending_id=mending.pk))
    assert one.refused_qty + two.refused_qty == 4
    assert Order.objects.count() == 4  # the rows have locks of their own


def test_act_goes_on_where_a_killed_worker_stopped(monkeypatch):
    mending = waiting_act(monkeypatch)
    mend_many.mend_chunk(actor=SYSTEM, mending_id=mending.pk)
    act = mend_many._act

    def die_half_way(*args):
        act(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(mend_many, "_act", die_half_way)
    with pytest.raises(KeyboardInterrupt):
        mend_many.mend_chunk(actor=SYSTEM, mending_id=mending.pk)
    mending.refresh_from_db()
    assert (mending.done_qty, Order.objects.count()) == (4, 4)
    monkeypatch.setattr(mend_many, "_act", act)
    done = run_mending(actor=SYSTEM, mending_id=mending.pk)
    assert (done.done_qty, done.imported_qty, done.is_open) == (ROWS, ROWS, False)
