from datetime import timedelta

import pytest

from commanda.confirmation import selectors
from commanda.confirmation.models import Lease, QueueEntry
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.next_order import next_order
from commanda.confirmation.services.presence import set_presence
from commanda.kernel.clock import time_is
from tests.factories import make_actor, make_order, make_variant
from tests.moments import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday():
    with time_is(MONDAY):
        yield


@pytest.fixture
def agent():
    return make_actor("agent")


@pytest.fixture
def variant(db):
    return make_variant(stock=50)


def queued(order, **fields):
    QueueEntry.objects.filter(order=order).update(**fields)
    return order


def test_counts_agree_with_what_next_gives_when_the_queue_is_mixed(agent, variant):
    mine = {"assignee_id": agent.user_id}
    queued(make_order(variant, **mine), is_pinned=True, attempts=1)
    queued(make_order(variant, **mine), is_callback=True, attempts=1)
    queued(make_order(variant, **mine), attempts=2)
    make_order(variant, **mine)
    make_order(variant)  # the pool
    later = MONDAY + timedelta(hours=1)
    queued(make_order(variant, **mine), is_callback=True, attempts=1, due_at=later)
    queued(make_order(variant, **mine), attempts=1, due_at=MONDAY + timedelta(minutes=5))
    make_order(variant, assignee_id=make_actor("agent").user_id)
    counts = selectors.queue_counts(agent)
    assert (counts.pinned, counts.callbacks, counts.new, counts.retries) == (1, 1, 2, 1)
    assert (counts.due, counts.later, counts.unassigned) == (5, 2, 1)
    assert counts.next_due_at == MONDAY + timedelta(minutes=5)
    assert counts.next_callback_at == later
    given = 0
    while order := next_order(actor=agent):
        given += 1
        queued(order, due_at=MONDAY + timedelta(days=1))
        Lease.objects.all().delete()
    assert given == counts.due


def test_supervisor_counts_the_whole_queue_or_his_own_when_asked(agent, variant):
    make_order(variant, assignee_id=agent.user_id)
    queued(make_order(variant), is_for_supervisor=True, is_pinned=True)
    supervisor = make_actor("supervisor")
    assert selectors.queue_counts(supervisor).due == 2
    assert selectors.queue_counts(supervisor, only_own=True).due == 1


def test_order_is_late_when_its_call_is_due_for_more_than_a_day(agent, variant):
    somebody = {"assignee_id": make_actor("agent").user_id}
    queued(make_order(variant, **somebody), due_at=MONDAY - timedelta(hours=25))
    queued(make_order(variant, **somebody), due_at=MONDAY - timedelta(hours=23))
    assert selectors.queue_counts(make_actor("supervisor")).late == 1
    assert selectors.queue_counts(agent, only_own=True).late == 0


def test_list_shows_only_own_orders_when_a_pool_waits(agent, variant):
    own = make_order(variant, assignee_id=agent.user_id)
    make_order(variant)
    assert [entry.order_id for entry in selectors.queue_list(agent)] == [own.pk]


def test_overdue_callbacks_are_scoped_when_agents_look(agent, variant):
    overdue = {"is_callback": True, "due_at": MONDAY - timedelta(minutes=1)}
    own = queued(make_order(variant, assignee_id=agent.user_id), **overdue)
    queued(make_order(variant, assignee_id=make_actor("agent").user_id), **overdue)
    queued(make_order(variant, assignee_id=agent.user_id), is_callback=True, due_at=MONDAY + timedelta(1))
    assert [entry.order_id for entry in selectors.overdue(agent)] == [own.pk]
    assert selectors.overdue(make_actor("supervisor")).count() == 2


def test_board_shows_presence_load_and_day_when_agents_work(agent, variant):
    with time_is(MONDAY - timedelta(days=1)):
        order = make_order(variant, assignee_id=agent.user_id)
        log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    orders = [make_order(variant, assignee_id=agent.user_id, city_text="Fès") for _ in range(4)]
    log_call(actor=agent, order_id=orders[0].pk, outcome="no_answer")
    log_call(actor=agent, order_id=orders[1].pk, outcome="confirmed")
    set_presence(actor=agent, status="break")
    other = make_actor("agent")
    set_presence(actor=other, status="online")
    rows = selectors.agent_board(make_actor("supervisor"))
    assert [row.agent.pk for row in rows] == [other.user_id, agent.user_id]
    row = rows[1]
    assert (row.status, row.open, row.due) == ("break", 4, 3)
    assert (row.calls, row.answered, row.confirmed) == (2, 1, 1)


def test_board_shows_only_himself_when_an_agent_looks(agent):
    make_actor("agent")
    assert [row.agent.pk for row in selectors.agent_board(agent)] == [agent.user_id]


@pytest.mark.parametrize("number", [1, 8])
def test_board_takes_the_same_queries_when_the_team_grows(number, django_assert_num_queries):
    supervisor = make_actor("supervisor")
    for _ in range(number):
        make_actor("agent")
    with django_assert_num_queries(6):
        selectors.agent_board(supervisor)


def test_call_log_is_hidden_when_the_order_is_anothers(agent, variant):
    order = make_order(variant, assignee_id=agent.user_id)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    assert selectors.calls_of(agent, order.pk).count() == 1
    assert selectors.calls_of(make_actor("agent"), order.pk).count() == 0
