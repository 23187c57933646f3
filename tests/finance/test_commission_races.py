"""Two people at once: an order is paid once, and no plan is changed under an earning."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from commanda.finance.models import CommissionEntry
from commanda.finance.services.plans import save_commission_plan
from commanda.insights.books import assert_books_balance
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import CommandaError
from commanda.orders.services.transition import transition_order
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
