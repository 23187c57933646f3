"""Two people do the same to an order, a return, a shelf or a statement: once with the lock, twice without it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections
from django.db.transaction import atomic

from commanda.audit.models import Event
from commanda.finance.models import CommissionStatement
from commanda.finance.months import month_of
from commanda.finance.services import bonuses, statements
from commanda.finance.services.plan_checks import TierData
from commanda.finance.services.plans import PlanData, begin_plan, save_commission_plan, save_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import day_start, time_is, today
from commanda.kernel.errors import CommandaError, Invalid
from commanda.orders.models import Order, OrderLine
from commanda.orders.services import edit, inspect, transition
from commanda.orders.services.drafts import LineDraft
from commanda.shipping.services import ship
from commanda.stock.models import StockLevel
from commanda.stock.services import documents
from tests.factories import make_order, make_user, make_variant
from tests.shipping.helpers import make_carrier

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")
PEOPLE = 2
both = pytest.mark.parametrize("is_guarded", [True, False], ids=["locked", "guard off"])


def at_once(act):
    """Everybody does it in a connection of their own; how often it was done."""
    start = Barrier(PEOPLE)

    def one(_number):
        try:
            start.wait(timeout=20)
            act()
        except CommandaError:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(PEOPLE) as pool:
        return sum(pool.map(one, range(PEOPLE)))


@pytest.fixture
def guard_off(monkeypatch):
    """Put in the lock's place a look at the same rows, after which everybody waits for the others to have looked."""

    def switch(module, name, look):
        looked = Barrier(PEOPLE)

        def look_together(*given):
            found = look(*given)
            looked.wait(timeout=20)
            return found

        monkeypatch.setattr(module, name, look_together)

    return switch


@both
def test_order_is_moved_once(is_guarded, guard_off):
    variant = make_variant(stock=9)
    order = make_order(variant)
    if not is_guarded:
        guard_off(transition, "lock_orders", lambda _actor, ids: list(Order.objects.filter(pk__in=ids)))
    at_once(lambda: transition.transition_order(actor=SYSTEM, order_id=order.pk, to="confirmed"))
    times = 1 if is_guarded else PEOPLE
    assert Event.objects.filter(name="order.moved", subject_id=order.pk).count() == times
    assert StockLevel.objects.get(pk=variant.pk).reserved == times


@both
def test_both_verdicts_on_a_return_count(is_guarded, guard_off):
    variant = make_variant(stock=9)
    order = make_order((variant, 2), state="returned")
    line = order.lines.get()
    if not is_guarded:
        # With its lines: both have read them before one writes.
        guard_off(inspect, "lock_order", lambda _actor, pk: Order.objects.prefetch_related("lines").get(pk=pk))
    verdict = inspect.Verdict(line.pk, back_qty=1)

    def look_at_one():
        inspect.inspect_return(actor=SYSTEM, order_id=order.pk, verdicts=[verdict])

    if is_guarded:
        assert at_once(look_at_one) == PEOPLE
        assert StockLevel.objects.get(pk=variant.pk).shelf == 9
    else:
        # The second overwrites the first, although both have moved a unit; or, when it looks in between, it would move
        # two of the one that is left, and the database refuses.
        with suppress(IntegrityError):
            at_once(look_at_one)
    assert OrderLine.objects.get(pk=line.pk).back_qty == (2 if is_guarded else 1)


@both
def test_shelf_is_what_was_counted(is_guarded, guard_off):
    variant = make_variant(stock=7)
    if not is_guarded:
        guard_off(documents, "lock_levels", lambda ids: StockLevel.objects.in_bulk(ids))
    lines = [documents.StockLine(variant.pk, 10)]
    at_once(lambda: documents.count_stock(actor=SYSTEM, lines=lines))
    assert StockLevel.objects.get(pk=variant.pk).on_hand == (10 if is_guarded else 13)


@pytest.fixture
def pay():
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    make_order(make_variant(stock=9), state="delivered", assignee_id=make_user("agent").pk)
    (pk,) = statements.draw_up_statements(actor=SYSTEM, first=today(), last=today())
    statements.approve_statement(actor=SYSTEM, statement_id=pk, expected_amount=Decimal(10))
    payment = statements.Payment("cash", today())
    return lambda: statements.pay_statement(actor=SYSTEM, statement_id=pk, payment=payment, expected_amount=Decimal(10))


def unlocked(_actor, pk):
    return CommissionStatement.objects.get(pk=pk)


@both
def test_statement_is_paid_once(is_guarded, guard_off, pay):
    if not is_guarded:
        guard_off(statements, "lock_statement", unlocked)
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE finance_commissionstatement DISABLE TRIGGER finance_commissionstatement_guarded"
            )
    assert at_once(pay) == (1 if is_guarded else PEOPLE)


def test_database_refuses_the_second_payment_when_only_the_lock_is_off(guard_off, pay):
    guard_off(statements, "lock_statement", unlocked)
    with pytest.raises(IntegrityError, match="is paid"):
        at_once(pay)


def beside(first, second):
    """Do the second while the first has written but not committed; what the second gave once it could go on."""

    def alone():
        try:
            return second()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with atomic():
            first()
            other = pool.submit(alone)
            with suppress(TimeoutError):
                other.result(timeout=1)
        return other.result(timeout=20)


@both
def test_reservation_is_what_the_lines_say_when_two_change_them(is_guarded, monkeypatch):
    variant = make_variant(stock=20)
    order = make_order((variant, 2), state="confirmed")

    def change(quantity):
        return edit.edit_order(actor=SYSTEM, order_id=order.pk, lines=[LineDraft(variant.pk, quantity)])

    if not is_guarded:
        monkeypatch.setattr(edit, "lock_order", lambda _actor, pk: Order.objects.get(pk=pk))
    beside(lambda: change(3), lambda: change(4))
    lines = sum(order.lines.values_list("quantity", flat=True))
    # Without the lock the second leaves the lines of the first, which it did not see, and reserves for all from two on.
    assert (lines, StockLevel.objects.get(pk=variant.pk).reserved) == ((4, 4) if is_guarded else (7, 8))


@both
def test_units_leave_quarantine_once(is_guarded, monkeypatch):
    variant = make_variant(stock=9)
    line = make_order((variant, 3), state="returned").lines.get()
    verdict = inspect.Verdict(line.pk, quarantine_qty=3)
    inspect.inspect_return(actor=SYSTEM, order_id=line.order_id, verdicts=[verdict])

    def release():
        documents.release_quarantine(actor=SYSTEM, variant_id=variant.pk, quantity=3, to_stock=True)

    if is_guarded:
        with pytest.raises(Invalid, match="quarant"):
            beside(release, release)
    else:
        monkeypatch.setattr(documents, "lock_levels", lambda ids: StockLevel.objects.in_bulk(ids))
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE stock_stocklevel DROP CONSTRAINT stock_parts_not_negative")
        beside(release, release)
    level = StockLevel.objects.get(pk=variant.pk)
    assert (level.shelf, level.quarantine) == ((9, 0) if is_guarded else (12, -3))


@both
def test_entries_stand_on_one_statement_when_two_draw_them_up(is_guarded, monkeypatch):
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    agent, variant = make_user("agent"), make_variant(stock=9)

    def draw_up():
        return statements.draw_up_statements(actor=SYSTEM, first=today(), last=today())

    make_order(variant, state="delivered", assignee_id=agent.pk)
    (pk,) = draw_up()
    make_order(variant, state="delivered", assignee_id=agent.pk)
    if not is_guarded:  # One draft an agent, which the database sees to, makes the second wait as well.
        monkeypatch.setattr(statements, "hold_statements", lambda: None)
    assert beside(draw_up, draw_up) == [pk]
    assert CommissionStatement.objects.get().total_amount == 20


def test_database_refuses_the_second_bonus_when_the_lock_is_off(monkeypatch):
    month = month_of(today()).previous
    plan = PlanData(name="P", delivered_amount=Decimal(0), tiers=[TierData(delivered_qty=1, fixed_amount=Decimal(50))])
    begin_plan(actor=SYSTEM, plan_id=save_plan(actor=SYSTEM, data=plan).pk, valid_from_on=month.first)
    with time_is(day_start(month.last)):
        make_order(make_variant(stock=9), state="delivered", assignee_id=make_user("agent").pk)

    def compute():
        return bonuses.compute_bonuses(actor=SYSTEM, month_on=month.first).written

    monkeypatch.setattr(bonuses, "hold_bonuses", lambda: None)
    with pytest.raises(IntegrityError):
        beside(compute, compute)
    assert compute() == 0


def test_parcel_leaves_once_when_no_order_is_locked(monkeypatch):
    variant, carrier = make_variant(stock=9), make_carrier()
    order = make_order(variant, state="confirmed")

    def look(_actor, ids):
        return list(Order.objects.filter(pk__in=ids))

    monkeypatch.setattr(ship, "lock_orders", look)
    monkeypatch.setattr(transition, "lock_orders", look)

    def send():
        return ship.ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk)

    with pytest.raises(IntegrityError):
        beside(send, send)
    assert StockLevel.objects.get(pk=variant.pk).in_transit == 1
