"""A long import by a real process: killed again and again, and beside people who go on working."""

import random
import time
from collections import Counter
from threading import Thread

import pytest

from commanda.insights.books import assert_books_balance
from commanda.intake.models import ImportRun, StagedRow
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order, OrderLine, Store
from commanda.orders.services.create import create_order
from commanda.orders.services.drafts import LineDraft, OrderDraft
from commanda.orders.services.transition import transition_order
from tests.concurrency.import_processes import import_when_free, start_child
from tests.factories import make_variant
from tests.intake.helpers import as_csv, row, sheet

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")
ORDERS, KILLS = 300, 3
# How many rows one process takes in without copies of itself.
ALL, NONE = "1000000", "0"
# A lock that is not free within three seconds refuses; the rest is a machine that does other things, too.
PATIENCE_S = 6.0


@pytest.fixture
def watch():
    return make_variant(name="Montre Atlas", sku="ATLAS", price="199.00", stock=1_000)


def rows_of(orders):
    """Every third order has a second line."""
    return [row(number, quantite=str(line)) for number in orders for line in ((1, 2) if number % 3 == 0 else (1,))]


@pytest.mark.parametrize("alone", [ALL, NONE])
def test_nothing_is_doubled_or_lost_when_an_import_is_killed_at_any_moment_and_its_rows_move(watch, tmp_path, alone):
    chance = random.Random(7)
    file, orders = tmp_path / "commandes.csv", list(range(1, ORDERS + 1))
    moved_on = []
    for _kill in range(KILLS):
        rows = rows_of(orders)
        chance.shuffle(rows)
        file.write_bytes(as_csv(sheet(*rows)))
        child = start_child(file, "10", alone)
        try:
            for _chunk in range(chance.randint(1, 4)):
                assert child.stdout.readline() == "chunk\n"
            time.sleep(chance.random() / 20)
        finally:
            child.kill()
            child.wait(timeout=20)
        assert 0 < Order.objects.count() < len(orders), "killed on the way"
        order = Order.objects.filter(stage="new").order_by("?")[0]
        transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
        moved_on.append(Order.objects.get(pk=order.pk))
        # A row goes out of the sheet, others come in between.
        orders.remove(chance.choice(orders))
        orders[5:5] = range(1_000 + 5 * len(moved_on), 1_005 + 5 * len(moved_on))
    rows = rows_of(orders)
    chance.shuffle(rows)
    file.write_bytes(as_csv(sheet(*rows)))
    report = import_when_free(file)
    assert report.read == report.new + report.unchanged == len(rows)

    wanted = {f"x:A{number}" for number in orders}
    staged = Counter(StagedRow.objects.filter(status="imported").values_list("key", flat=True))
    assert wanted <= set(staged)
    assert set(staged.values()) == {1}
    assert Order.objects.count() == len(staged)
    assert OrderLine.objects.count() == sum(2 if int(key[3:]) % 3 == 0 else 1 for key in staged)
    for order in moved_on:
        assert Order.objects.get(pk=order.pk).state_id == order.state_id, "a sheet moves no state back"
    assert ImportRun.objects.filter(status="failed", error_code="interrupted").count() == KILLS
    assert_books_balance()


@pytest.mark.parametrize("alone", [ALL, NONE])
def test_people_go_on_working_when_an_import_is_under_way(watch, tmp_path, alone):
    file, store = tmp_path / "commandes.csv", Store.objects.order_by("pk")[0]
    file.write_bytes(as_csv(sheet(*rows_of(range(1, 2_001)))))
    child = start_child(file, "100", alone)
    chunks = []
    try:
        assert child.stdout.readline() == "chunk\n"
        listening = Thread(target=lambda: chunks.extend(child.stdout), daemon=True)
        listening.start()
        durations = []
        while not chunks or (listening.is_alive() and len(chunks) < 15):
            # The client of a row that is being taken in, or will be soon: her record is what both write.
            phone = f"+2126{random.randint(1, 2_000):08d}"
            started = time.monotonic()
            order = create_order(
                actor=SYSTEM,
                draft=OrderDraft(
                    phone, (LineDraft(watch.pk),), store_id=store.pk, channel="call", customer_name="Cliente"
                ),
            )
            transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed")
            durations.append(time.monotonic() - started)
        listening.join(timeout=120)
    finally:
        child.kill()
        child.wait(timeout=20)
    assert child.returncode in (0, -9)
    assert len(chunks) == 19, "all chunks were committed"
    assert len(durations) > 5, "both worked at the same time"
    assert max(durations) < PATIENCE_S
    assert Order.objects.filter(channel="file").count() == 2_000
    assert_books_balance()
