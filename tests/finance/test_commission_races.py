"""Two people at once: an order is paid once, and no plan is changed under an earning."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from commanda.finance.models import CommissionEntry, CommissionStatement, StatementEntry
from commanda.finance.months import month_of
from commanda.finance.services.bonuses import compute_bonuses
from commanda.finance.services.commissions import follow_stages
from commanda.finance.services.plan_checks import TierData
from commanda.finance.services.plans import PlanData, begin_plan, save_commission_plan, save_plan
from commanda.finance.services.statements import Payment, approve_statement, draw_up_statements, pay_statement
from commanda.insights.books import assert_books_balance
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import day_start, now, time_is, today
from commanda.kernel.errors import CommandaError
from commanda.orders.effects import StageChange
from commanda.orders.services.transition import transition_order
from commanda.orders.stages import Stage
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")


def at_once(*tasks):
    """Run the tasks side by side, each with a connection of its own; their answers, or errors that are expected."""
    barrier = Barrier(len(tasks))

    def run(task):
        try:
            barrier.wait()
            return task()
        except CommandaError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def test_order_is_paid_once_when_two_record_its_delivery_and_return_at_once():
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    agent = make_user("agent")
    order = make_order(make_variant(stock=9), state="shipped", assignee_id=agent.pk)

    def move(state):
        return lambda: transition_order(actor=SYSTEM, order_id=order.pk, to=state)

    at_once(*[move("delivered")] * 4)
    assert [entry.amount for entry in CommissionEntry.objects.all()] == [10]
    at_once(*[move("returned")] * 4)
    assert sorted(entry.amount for entry in CommissionEntry.objects.all()) == [-10, 10]
    assert_books_balance()


def test_plan_waits_for_the_delivery_under_way_and_is_refused_then():
    save_commission_plan(actor=SYSTEM, name="Ancien", delivered_amount=Decimal(10), valid_from_on=today())
    order = make_order(make_variant(stock=9), state="shipped", assignee_id=make_user("agent").pk)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            transition_order(actor=SYSTEM, order_id=order.pk, to="delivered")

            def change_plan():
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SET lock_timeout = '20s'")
                    save_commission_plan(
                        actor=SYSTEM, name="Nouveau", delivered_amount=Decimal(99), valid_from_on=today()
                    )
                except CommandaError as error:
                    return error.code
                finally:
                    connections.close_all()

            waiting = pool.submit(change_plan)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        assert waiting.result(timeout=20) == "plan_used"
    assert [entry.amount for entry in CommissionEntry.objects.all()] == [10]


def earn_beside(order, agent):
    """Two transactions earn for one delivery without the order's lock; whether the second waited for the first."""
    change = StageChange(order.pk, "+212612000000", agent.pk, Stage.SHIPPED, Stage.DELIVERED, now())

    def earn():
        try:
            with transaction.atomic():
                follow_stages(SYSTEM, [change])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            follow_stages(SYSTEM, [change])
            other = pool.submit(earn)
            try:
                other.result(timeout=1)
            except TimeoutError:
                waited = True
            else:
                waited = False
        other.result(timeout=20)
    return waited


@pytest.mark.parametrize(("is_guarded", "paid"), [(True, [10]), (False, [10, 10])])
def test_delivery_pays_twice_only_when_the_database_does_not_number_earnings(is_guarded, paid):
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    agent = make_user("agent")
    order = make_order(make_variant(stock=9), state="shipped", assignee_id=agent.pk)
    if not is_guarded:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX commission_earned_once")
    assert earn_beside(order, agent) == is_guarded
    assert [entry.amount for entry in CommissionEntry.objects.all()] == paid


@pytest.mark.parametrize(("is_guarded", "total"), [(True, 15), (False, 20)])
def test_cap_of_the_month_is_passed_only_when_agents_may_earn_side_by_side(monkeypatch, is_guarded, total):
    data = PlanData(name="Plan", delivered_amount=Decimal(10), month_cap_amount=Decimal(15))
    begin_plan(actor=SYSTEM, plan_id=save_plan(actor=SYSTEM, data=data).pk, valid_from_on=today())
    if not is_guarded:
        monkeypatch.setattr("commanda.finance.services.commissions.lock_capped_agents", lambda agent_ids: None)
    agent = make_user("agent")
    orders = [make_order(make_variant(stock=9), state="shipped", assignee_id=agent.pk) for _ in range(2)]

    def deliver():
        try:
            transition_order(actor=SYSTEM, order_id=orders[1].pk, to="delivered")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            transition_order(actor=SYSTEM, order_id=orders[0].pk, to="delivered")
            other = pool.submit(deliver)
            with contextlib.suppress(TimeoutError):
                other.result(timeout=1)
        other.result(timeout=20)
    assert sum(entry.amount for entry in CommissionEntry.objects.all()) == total


def test_each_entry_stands_on_one_statement_when_several_draw_up_at_once():
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    agents = [make_user("agent"), make_user("agent")]
    for agent in agents * 2:
        make_order(make_variant(stock=9), state="delivered", assignee_id=agent.pk)
    drawn = at_once(*[lambda: draw_up_statements(actor=SYSTEM, first=today(), last=today())] * 4)
    assert {tuple(ids) for ids in drawn if isinstance(ids, list)} == {tuple(drawn[0])}
    statements = CommissionStatement.objects.all()
    assert [statement.total_amount for statement in statements] == [20, 20]
    assert StatementEntry.objects.count() == 4


def test_statement_is_paid_once_when_two_record_the_payment_at_once():
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    make_order(make_variant(stock=9), state="delivered", assignee_id=make_user("agent").pk)
    (pk,) = draw_up_statements(actor=SYSTEM, first=today(), last=today())
    approve_statement(actor=SYSTEM, statement_id=pk, expected_amount=Decimal(10))

    def pay():
        return pay_statement(
            actor=SYSTEM, statement_id=pk, payment=Payment("cash", today()), expected_amount=Decimal(10)
        )

    answers = at_once(pay, pay, pay)
    codes = sorted(getattr(answer, "code", "paid") for answer in answers)
    assert codes == ["paid", "statement_state", "statement_state"]


def test_bonus_is_written_once_when_two_compute_the_month_at_once():
    month = month_of(today()).previous
    data = PlanData(name="P", delivered_amount=Decimal(0), tiers=[TierData(delivered_qty=1, fixed_amount=Decimal(50))])
    begin_plan(actor=SYSTEM, plan_id=save_plan(actor=SYSTEM, data=data).pk, valid_from_on=month.first)
    with time_is(day_start(month.last)):
        make_order(make_variant(stock=9), state="delivered", assignee_id=make_user("agent").pk)
    at_once(*[lambda: compute_bonuses(actor=SYSTEM, month_on=month.first)] * 4)
    assert [entry.amount for entry in CommissionEntry.objects.all()] == [50]
