"""Each book is broken behind the services' back and must report it."""

import zoneinfo
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from commanda.finance.services.plans import save_commission_plan
from commanda.insights.books import BOOKS, assert_books_balance, check_books, check_days
from commanda.kernel import clock
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import CASABLANCA, now, today
from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.orders.services.transition import transition_order
from commanda.shipping.models import Carrier, Parcel
from commanda.stock.services.documents import release_quarantine
from tests.factories import make_bundle, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def shop():
    """Orders in every stage, bundles, a parcel, a commission, an inspected return."""
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    cup, spoon = make_variant(stock=100), make_variant(stock=100)
    pack = make_bundle({cup: 2, spoon: 1})
    agent = make_user("agent")
    orders = {
        state: make_order((pack, 2), (cup, 1), state=state, assignee_id=agent.pk)
        for state in ("new", "to_confirm", "confirmed", "shipped", "delivered", "returned", "cancelled")
    }
    Parcel.objects.create(
        order=orders["shipped"],
        carrier=Carrier.objects.create(name="Atlas"),
        cash_amount=1,
        status="shipped",
        created_at=now(),
    )
    line = orders["returned"].lines.order_by("id").first()
    inspect_return(actor=SYSTEM, order_id=orders["returned"].pk, verdicts=[Verdict(line.pk, 0, 1, 1)])
    release_quarantine(actor=SYSTEM, variant_id=cup.pk, quantity=1, to_stock=True)
    back = make_order(cup, state="delivered", assignee_id=agent.pk)
    transition_order(actor=SYSTEM, order_id=back.pk, to="returned")
    return orders


def run(sql, *parameters):
    """Break in: triggers (append-only, foreign keys) are off for the statement."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, parameters)
        cursor.execute("SET session_replication_role = DEFAULT")


def unbalanced():
    return {book.name for book in check_books() if not book.is_balanced}


def test_every_book_balances_when_only_services_wrote(shop):
    assert unbalanced() == set()
    assert [book.name for book in check_books()] == list(BOOKS)
    assert_books_balance()


def test_books_balance_when_nothing_is_there():
    assert unbalanced() == set()


LEVEL = "UPDATE stock_stocklevel SET {0} = {0} + 1 WHERE variant_id = (SELECT min(variant_id) FROM stock_stocklevel)"
QUANTITY = """UPDATE orders_orderline SET quantity = quantity + 1
              WHERE order_id = (SELECT id FROM orders_order WHERE stage = '{0}')"""
BREAKS = {
    "level": (LEVEL.format("on_hand"), {"stock.levels"}),
    "level of reserved": (LEVEL.format("reserved"), {"stock.levels", "stock.reserved"}),
    "level of transit": (LEVEL.format("in_transit"), {"stock.levels", "stock.in_transit"}),
    "level of quarantine": (LEVEL.format("quarantine"), {"stock.levels", "stock.quarantine"}),
    "receipt forged": (
        """UPDATE stock_stockmovement SET on_hand_qty = on_hand_qty + 5
           WHERE id = (SELECT min(id) FROM stock_stockmovement)""",
        {"stock.levels"},
    ),
    "movement lost": (
        "DELETE FROM stock_stockmovement WHERE order_id IS NOT NULL AND reserved_qty > 0",
        {"stock.levels", "stock.order_units"},
    ),
    "movement without order": (
        "UPDATE stock_stockmovement SET order_id = 999999 WHERE id = (SELECT max(id) FROM stock_stockmovement)",
        {"stock.movement_orders", "stock.order_units"},
    ),
    "quantity": (QUANTITY.format("confirmed"), {"stock.reserved", "stock.order_units", "orders.totals"}),
    "shipped quantity": (QUANTITY.format("shipped"), {"stock.in_transit", "stock.order_units", "orders.totals"}),
    "verdict": (
        "UPDATE orders_orderline SET quarantine_qty = 0 WHERE quarantine_qty = 1",
        {"stock.in_transit", "stock.quarantine", "stock.order_units"},
    ),
    "parts of a bundle": (
        """UPDATE orders_linecomponent SET quantity = 7 WHERE line_id IN (
               SELECT line.id FROM orders_orderline AS line JOIN orders_order AS o ON o.id = line.order_id
               WHERE o.stage = 'confirmed')""",
        {"stock.reserved", "stock.order_units"},
    ),
    "total": (
        "UPDATE orders_order SET total_amount = total_amount + 0.01 WHERE stage = 'new'",
        {"orders.totals", "orders.counters"},
    ),
    "counter": ("UPDATE orders_ordercount SET qty = qty + 1", {"orders.counters"}),
    "entry lost": ("DELETE FROM orders_stateentry", {"orders.entries"}),
    "no lines": (
        """WITH gone AS (
               DELETE FROM orders_orderline WHERE order_id = (SELECT id FROM orders_order WHERE stage = 'new')
               RETURNING id)
           DELETE FROM orders_linecomponent WHERE line_id IN (SELECT id FROM gone)""",
        {"orders.totals"},
    ),
    "stage": ("UPDATE orders_order SET stage = 'confirming' WHERE stage = 'new'", {"orders.stages"}),
    "stamp missing": ("UPDATE orders_order SET shipped_at = NULL WHERE stage = 'shipped'", {"orders.stamps"}),
    "stamp left": ("UPDATE orders_order SET cancelled_at = now() WHERE stage = 'new'", {"orders.stamps"}),
    "order given away behind the queue's back": (
        "UPDATE confirmation_queueentry SET assignee_id = 0",
        {"confirmation.queue_owners"},
    ),
    "queue entry lost": ("DELETE FROM confirmation_queueentry", {"confirmation.queue"}),
    "queue entry left": (
        """INSERT INTO confirmation_queueentry
               (order_id, due_at, attempts, is_callback, is_pinned, is_for_supervisor,
                assignee_id, created_by_id, store_id, ordered_at)
           SELECT id, now(), 0, false, false, false, assignee_id, created_by_id, store_id, created_at
           FROM orders_order WHERE stage = 'delivered'""",
        {"confirmation.queue"},
    ),
    "lease left": (
        """INSERT INTO confirmation_lease (phone_e164, order_id, agent_id, until, ends_at)
           SELECT phone_e164, id, assignee_id, now(), now() FROM orders_order WHERE stage = 'delivered'""",
        {"confirmation.leases"},
    ),
    "parcel": ("UPDATE shipping_parcel SET status = 'ready'", {"shipping.parcels"}),
    "paid twice": (
        """INSERT INTO finance_commissionentry (order_id, agent_id, plan_id, amount, made_at, nth)
           SELECT order_id, agent_id, plan_id, amount, made_at, nth + 1 FROM finance_commissionentry
           WHERE order_id = (SELECT id FROM orders_order WHERE stage = 'delivered')""",
        {"finance.commissions"},
    ),
    "reversal lost": ("DELETE FROM finance_commissionentry WHERE reverses_id IS NOT NULL", {"finance.commissions"}),
    "reversal smaller": (
        "UPDATE finance_commissionentry SET amount = -9 WHERE reverses_id IS NOT NULL",
        {"finance.commission_reversals"},
    ),
    "amount": (
        """UPDATE finance_commissionentry SET amount = 11 WHERE reverses_id IS NULL
           AND order_id = (SELECT id FROM orders_order WHERE stage = 'delivered')""",
        {"finance.commission_amounts"},
    ),
    "statement": (
        """INSERT INTO finance_commissionstatement
               (agent_id, first_on, last_on, state, total_amount, made_at, method, payment_reference)
           SELECT agent_id, '2026-01-01', '2026-01-31', 'draft', 5, now(), '', ''
           FROM finance_commissionentry LIMIT 1""",
        {"finance.statements"},
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_book_reports_it_when_a_row_was_changed_behind_its_back(shop, name):
    sql, expected = BREAKS[name]
    run(sql)
    assert unbalanced() == expected
    with pytest.raises(AssertionError, match=min(expected)):
        assert_books_balance()


def test_every_book_can_be_broken_when_the_breaks_are_taken_together():
    assert {book for _sql, broken in BREAKS.values() for book in broken} == set(BOOKS)


def test_difference_names_the_row_when_a_level_is_wrong(shop):
    run(LEVEL.format("on_hand"))
    (book,) = [book for book in check_books() if not book.is_balanced]
    assert book.differences[0]["sku"].startswith("SKU-")
    assert '"on_hand": 93' in book.differences[0]["level"]
    assert '"on_hand": 92' in book.differences[0]["movements"]


def test_days_begin_at_the_same_moment_for_database_and_program():
    book = check_days()
    assert book.is_balanced, book.differences[:3]


def test_days_differ_when_one_side_does_not_know_how_morocco_changes_its_clock(monkeypatch):
    # What Morocco decreed in 2018 and took back in 2026: systems that were not updated since still say so.
    monkeypatch.setattr(clock, "CASABLANCA", ZoneInfo("Etc/GMT-1"))
    differences = check_days().differences
    assert {row["postgresql"] - row["python"] for row in differences} == {timedelta(hours=1)}


def test_time_zones_come_with_the_packages_and_not_from_the_system():
    assert zoneinfo.TZPATH == ()
    october = datetime(2026, 10, 15, 12, tzinfo=CASABLANCA)
    assert october.utcoffset() == timedelta(0)
