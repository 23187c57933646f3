"""Two people do the same to an order, a return, a shelf or a statement: once with the lock, twice without it."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections

from commanda.audit.models import Event
from commanda.finance.models import CommissionStatement
from commanda.finance.services import statements
from commanda.finance.services.plans import save_commission_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import CommandaError
from commanda.orders.models import Order, OrderLine
from commanda.orders.services import inspect, transition
from commanda.stock.models import StockLevel
from commanda.stock.services import documents
from tests.factories import make_order, make_user, make_variant

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
        guard_off(inspect, "lock_order", lambda _actor, pk: Order.objects.get(pk=pk))
    verdict = inspect.Verdict(line.pk, back_qty=1)
    assert at_once(lambda: inspect.inspect_return(actor=SYSTEM, order_id=order.pk, verdicts=[verdict])) == PEOPLE
    # Without the lock the second overwrites the first, although both have moved a unit.
    assert OrderLine.objects.get(pk=line.pk).back_qty == (2 if is_guarded else 1)
    assert StockLevel.objects.get(pk=variant.pk).shelf == 9


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
