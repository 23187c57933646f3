from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from commanda.finance.commission_selectors import commission_entries, commission_plans, commissions_by_agent
from commanda.finance.models import CommissionEntry, CommissionPlan
from commanda.finance.services.plans import save_commission_plan
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is, today
from commanda.kernel.errors import Conflict, Invalid, NotAllowed
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.transition import transition_order, transition_orders
from tests.factories import make_actor, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def plan(amount="10", days_ago=30, name="Livraison"):
    return save_commission_plan(
        actor=SYSTEM,
        name=name,
        delivered_amount=Decimal(amount),
        valid_from_on=today() - timedelta(days=days_ago),
    )


def amounts(order=None):
    rows = CommissionEntry.objects.order_by("id")
    return [entry.amount for entry in (rows.filter(order=order) if order else rows)]


def delivered(agent, **fields):
    return make_order(make_variant(stock=5), state="delivered", assignee_id=agent and agent.pk, **fields)


def test_agent_earns_the_plan_of_the_day_when_an_order_is_delivered():
    plan("8", days_ago=30)
    newer = plan("10", days_ago=3)
    plan("12", days_ago=-3)
    agent = make_user("agent")
    order = delivered(agent)
    entry = CommissionEntry.objects.get()
    assert (entry.order_id, entry.agent_id, entry.amount, entry.plan_id) == (order.pk, agent.pk, 10, newer.pk)


def test_earlier_plan_counts_when_the_delivery_was_before_the_newer_one():
    plan("8", days_ago=30)
    plan("10", days_ago=3)
    with time_is(now() - timedelta(days=5)):
        delivered(make_user("agent"))
    assert amounts() == [8]


def test_nothing_is_earned_when_nobody_is_assigned_or_no_plan_is_valid():
    delivered(make_user("agent"))
    plan()
    delivered(None)
    assert amounts() == []


def test_commission_is_reversed_for_the_one_who_earned_it_when_the_order_comes_back():
    plan("10")
    agent, other = make_user("agent"), make_user("agent")
    order = delivered(agent)
    assign_orders(actor=SYSTEM, order_ids=[order.pk], agent_id=other.pk)
    transition_order(actor=SYSTEM, order_id=order.pk, to="returned")
    entries = CommissionEntry.objects.order_by("id")
    assert [(e.agent_id, e.amount) for e in entries] == [(agent.pk, 10), (agent.pk, -10)]
    assert entries[1].reverses == entries[0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (["returned"], [10, -10]),
        (["shipped"], [10, -10]),
        (["returned", "delivered"], [10, -10, 10]),
        (["shipped", "delivered", "returned", "delivered"], [10, -10, 10, -10, 10]),
        (["returned", "shipped", "confirmed"], [10, -10]),
    ],
)
def test_at_most_one_commission_stands_when_an_order_is_corrected(path, expected):
    plan("10")
    order = delivered(make_user("agent"))
    for state in path:
        transition_order(actor=SYSTEM, order_id=order.pk, to=state, reason_text="essai")
    assert amounts(order) == expected


def test_statements_do_not_grow_when_many_orders_are_delivered():
    plan("10")
    agent = make_user("agent")

    def deliver(count):
        variant = make_variant(stock=count)
        ids = [make_order(variant, state="shipped", assignee_id=agent.pk).pk for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            transition_orders(actor=SYSTEM, order_ids=ids, to="delivered")
        return len(queries)

    assert deliver(2) == deliver(12)
    assert len(amounts()) == 14


def test_entries_cannot_be_rewritten_when_somebody_tries():
    plan("10")
    delivered(make_user("agent"))
    for rewrite in (
        lambda: CommissionEntry.objects.update(amount=99),
        lambda: CommissionEntry.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite()
    assert amounts() == [10]


def test_plan_is_replaced_when_nobody_has_earned_by_it():
    plan("8", days_ago=0, name="Premier essai")
    saved = plan("9", days_ago=0, name="Deuxième essai")
    assert CommissionPlan.objects.get() == saved
    assert (saved.name, saved.delivered_amount) == ("Deuxième essai", 9)


def test_plan_is_refused_when_commissions_were_earned_since_its_day():
    plan("10", days_ago=30)
    delivered(make_user("agent"))
    for days_ago in (30, 2, 0):
        with pytest.raises(Conflict) as caught:
            plan("20", days_ago=days_ago)
        assert caught.value.code == "plan_used"
    later = plan("20", days_ago=-1)
    assert [(row.pk == later.pk, row.is_used) for row in commission_plans(SYSTEM)] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"delivered_amount": Decimal(-1)}, "delivered_amount"),
        ({"delivered_amount": Decimal(10_001)}, "delivered_amount"),
        ({"valid_from_on": today() + timedelta(days=400)}, "valid_from_on"),
    ],
)
def test_plan_is_refused_when_absurd(fields, field):
    good = {"name": "Plan", "delivered_amount": Decimal(10), "valid_from_on": today()}
    with pytest.raises(Invalid) as caught:
        save_commission_plan(actor=SYSTEM, **{**good, **fields})
    assert caught.value.field == field


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_plans_are_closed_when_the_role_is_not_admin(role):
    plan()
    actor = make_actor(role)
    with pytest.raises(NotAllowed):
        save_commission_plan(actor=actor, name="A", delivered_amount=Decimal(1), valid_from_on=today())
    assert not commission_plans(actor).exists()


def test_agents_see_their_own_commission_only_when_several_earn():
    plan("10")
    alice, bob = make_user("agent", name="Alia"), make_user("agent", name="Badr")
    mine = delivered(alice)
    delivered(bob)
    week = {"first": today() - timedelta(days=6), "last": today()}
    assert [e.order_id for e in commission_entries(alice.as_actor(), **week)] == [mine.pk]
    assert [row.agent_id for row in commissions_by_agent(bob.as_actor(), **week)] == [bob.pk]
    assert len(commissions_by_agent(make_actor(), **week)) == 2
    for role in ("supervisor", "buyer"):
        assert not commission_entries(make_actor(role), **week).exists()


def test_period_sums_tell_earned_and_reversed_when_an_order_came_back():
    plan("10")
    agent = make_user("agent")
    back = delivered(agent)
    delivered(agent)
    transition_order(actor=SYSTEM, order_id=back.pk, to="returned")
    (row,) = commissions_by_agent(SYSTEM, first=today(), last=today())
    assert (row.earned_amount, row.reversed_amount, row.total_amount, row.orders) == (20, -10, 10, 1)
