from datetime import timedelta

import pytest

from commanda.audit.models import Event
from commanda.confirmation.models import CallPolicy, Lease, Presence, QueueEntry
from commanda.confirmation.services.assign import distribute, tend_queue
from commanda.confirmation.services.next_order import next_order
from commanda.confirmation.services.presence import heartbeat, set_presence
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import time_is
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.orders.models import Order
from tests.factories import make_actor, make_order, make_variant
from tests.moments import MONDAY

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture(autouse=True)
def monday():
    with time_is(MONDAY):
        yield


@pytest.fixture
def variant(db):
    return make_variant(stock=50)


def present_agent(**fields):
    actor = make_actor("agent", **fields)
    set_presence(actor=actor, status="online")
    return actor


def load(actor):
    return Order.objects.filter(assignee_id=actor.user_id).count()


def test_orders_are_shared_evenly_when_agents_are_present(variant):
    agents = [present_agent() for _ in range(3)]
    away = make_actor("agent")
    on_break = present_agent()
    set_presence(actor=on_break, status="break")
    set_presence(actor=make_actor("supervisor"), status="online")
    for _ in range(7):
        make_order(variant)
    given = distribute(actor=SYSTEM)
    assert len(given) == 7
    assert sorted(load(agent) for agent in agents) == [2, 2, 3]
    assert load(away) == load(on_break) == 0
    assert Event.objects.filter(name="order.assigned").count() == 7


def test_turn_goes_on_when_orders_come_one_by_one(variant):
    agents = [present_agent() for _ in range(3)]
    for _ in range(6):
        make_order(variant)
        distribute(actor=SYSTEM)
    assert [load(agent) for agent in agents] == [2, 2, 2]


def test_silent_agent_gets_nothing_when_minutes_have_passed(variant):
    agent = present_agent()
    make_order(variant)
    with time_is(MONDAY + timedelta(minutes=6)):
        assert distribute(actor=SYSTEM) == {}
        assert heartbeat(actor=agent) == "online"
        assert len(distribute(actor=SYSTEM)) == 1


def test_capacity_is_respected_when_more_orders_wait(variant):
    CallPolicy.objects.update(capacity=2)
    agent = present_agent()
    make_order(variant, assignee_id=agent.user_id)
    for _ in range(3):
        make_order(variant)
    assert len(distribute(actor=SYSTEM)) == 1
    assert distribute(actor=SYSTEM) == {}


def test_client_goes_to_his_former_agent_when_present(variant):
    former, other = present_agent(), present_agent()
    for days, phone in ((80, "+212655000001"), (100, "+212655000002")):
        with time_is(MONDAY - timedelta(days=days)):
            make_order(variant, state="cancelled", phone_e164=phone, assignee_id=former.user_id)
    Presence.objects.filter(user_id=former.user_id).update(last_assigned_at=MONDAY)
    known = make_order(variant, phone_e164="+212655000001")
    forgotten = make_order(variant, phone_e164="+212655000002")
    assert distribute(actor=SYSTEM) == {known.pk: former.user_id, forgotten.pk: other.user_id}


def test_order_goes_to_the_agent_who_made_it_when_present(variant):
    agents = [present_agent() for _ in range(3)]
    order = make_order(variant, actor=agents[1])
    assert distribute(actor=SYSTEM) == {order.pk: agents[1].user_id}


@pytest.mark.parametrize("fields", [{"is_for_supervisor": True}])
def test_order_is_kept_back_when_it_waits_for_a_supervisor(variant, fields):
    present_agent()
    QueueEntry.objects.filter(order=make_order(variant)).update(**fields)
    assert distribute(actor=SYSTEM) == {}


def test_nothing_is_given_when_orders_are_given_by_hand(variant):
    CallPolicy.objects.update(assignment_method="manual")
    present_agent()
    make_order(variant)
    assert distribute(actor=SYSTEM) == {}


def test_agent_cannot_distribute_when_he_may_not_assign():
    with pytest.raises(NotAllowed):
        distribute(actor=make_actor("agent"))


@pytest.mark.parametrize("number", [2, 40])
def test_statements_do_not_grow_when_more_orders_wait(variant, number, django_assert_num_queries):
    for _ in range(3):
        present_agent()
    for _ in range(number):
        make_order(variant)
    with django_assert_num_queries(18):
        assert len(distribute(actor=SYSTEM)) == number


def test_why_orders_wait_may_be_left_to_the_minutes_round(variant):
    order = make_order(variant)
    assert distribute(actor=SYSTEM, says_why=False) == {}
    assert QueueEntry.objects.get(order=order).unassigned_reason == ""
    tend_queue(actor=SYSTEM)
    assert QueueEntry.objects.get(order=order).unassigned_reason == "nobody"


def test_dead_leases_are_swept_when_the_worker_tends_the_queue(variant):
    agent = present_agent()
    make_order(variant)
    next_order(actor=agent)
    make_order(variant)
    with time_is(MONDAY + timedelta(minutes=4)):
        heartbeat(actor=agent)
    with time_is(MONDAY + timedelta(minutes=8)):
        tend_queue(actor=SYSTEM)
        assert Lease.objects.exists()
        assert load(agent) == 2
    with time_is(MONDAY + timedelta(minutes=10)):
        tend_queue(actor=SYSTEM)
        assert not Lease.objects.exists()


def test_presence_is_refused_when_unknown():
    with pytest.raises(Invalid):
        set_presence(actor=make_actor("agent"), status="asleep")
    with pytest.raises(NotAllowed):
        set_presence(actor=make_actor("buyer"), status="online")


def test_change_of_presence_is_audited_once_when_chosen_twice():
    agent = present_agent()
    for _ in range(2):
        set_presence(actor=agent, status="break")
    changes = Event.objects.filter(name="presence.changed").values_list("changes", flat=True)
    assert list(changes) == [{"presence": ["online", "break"]}]


def test_worker_knows_the_jobs_of_the_queue():
    from commanda.confirmation import tasks

    assert tasks.tend_queue.queueing_lock == "confirmation.tend_queue"
    tasks.tend_queue(timestamp=0)
    tasks.forget_answers(timestamp=0)
