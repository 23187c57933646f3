from datetime import timedelta

import pytest

from commanda.audit.models import Event
from commanda.confirmation.models import AssignmentRule, CallPolicy, Lease, QueueEntry
from commanda.confirmation.selectors import own_lease, pool, queue_counts, ranked
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.next_order import lease_order, next_order
from commanda.confirmation.services.presence import heartbeat, set_presence
from commanda.kernel.clock import time_is
from commanda.kernel.errors import Conflict, NotAllowed, NotFound
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.edit import edit_order
from tests.factories import make_actor, make_order, make_variant
from tests.moments import MONDAY

pytestmark = pytest.mark.django_db


def minutes(number):
    return timedelta(minutes=number)


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


def worked_off(agent):
    """The order in which the queue gives its orders."""
    found = []
    while order := next_order(actor=agent):
        found.append(order.pk)
        QueueEntry.objects.filter(order=order).delete()
        Lease.objects.filter(agent_id=agent.user_id).delete()
    return found


def test_queue_keeps_its_order_when_several_are_due(agent, variant):
    make = lambda **fields: make_order(variant, assignee_id=agent.user_id, **fields)  # noqa: E731
    old_new = make(created_at=MONDAY - minutes(60))
    retry_late = queued(make(), attempts=2, due_at=MONDAY - minutes(5))
    retry_early = queued(make(), attempts=1, due_at=MONDAY - minutes(30))
    fresh = make(created_at=MONDAY - minutes(1))
    callback = queued(make(), attempts=1, is_callback=True, due_at=MONDAY - minutes(1))
    pinned = queued(make(), attempts=1, is_pinned=True)
    queued(make(), attempts=1, is_callback=True, due_at=MONDAY + minutes(1))
    expected = [pinned, callback, fresh, old_new, retry_early, retry_late]
    assert worked_off(agent) == [order.pk for order in expected]


def test_pool_comes_in_the_order_of_the_queue_when_own_orders_are_done(agent, variant):
    pooled = [make_order(variant, created_at=MONDAY - minutes(number * 7 % 10)) for number in range(10)]
    queued(pooled[3], attempts=1)
    queued(pooled[5], attempts=1, is_callback=True)
    own = queued(make_order(variant, assignee_id=agent.user_id), attempts=3)
    in_order = list(ranked(pool(), MONDAY).values_list("order_id", flat=True))
    assert worked_off(agent) == [own.pk, *in_order]


@pytest.mark.parametrize("fields", [{"is_callback": True}, {"is_pinned": True}, {}])
def test_only_promised_and_pinned_orders_come_when_the_store_is_closed_and_orders_are_held(agent, variant, fields):
    CallPolicy.objects.update(holds_outside_hours=True, closes_at="10:30")
    queued(make_order(variant, assignee_id=agent.user_id), attempts=1, **fields)
    assert bool(queue_counts(agent).due) == bool(fields)
    if not fields:
        assert queue_counts(agent).next_due_at == MONDAY + timedelta(hours=22)
    assert (next_order(actor=agent) is not None) == bool(fields)


def test_agent_leaves_an_order_of_the_pool_when_a_rule_keeps_it_for_another(agent, variant):
    other = make_actor("agent")
    set_presence(actor=other, status="online")
    AssignmentRule.objects.create(method="round_robin", position=0, agent_ids=[other.user_id], max_amount=200)
    AssignmentRule.objects.filter(method="round_robin", max_amount=None).update(position=9)
    make_order(variant)
    free = make_order(make_variant(price="900.00"), created_at=MONDAY - minutes(60))
    assert next_order(actor=agent) == free
    assert Event.objects.filter(name="order.assigned", subject_id=free.pk).get().changes["rule"] == "round_robin"


def test_same_order_comes_again_when_the_page_is_reloaded(agent, variant):
    make_order(variant, assignee_id=agent.user_id)
    first = next_order(actor=agent)
    make_order(variant, assignee_id=agent.user_id)
    assert next_order(actor=agent) == first


def test_unassigned_order_is_assigned_when_an_agent_takes_it(agent, variant):
    order = make_order(variant)
    assert next_order(actor=agent) == order
    order.refresh_from_db()
    assert order.assignee_id == agent.user_id


@pytest.mark.parametrize("policy", [{"assignment_method": "manual"}, {"capacity": 0}])
def test_unassigned_order_stays_when_the_policy_forbids(agent, variant, policy):
    CallPolicy.objects.update(**policy)
    make_order(variant)
    assert next_order(actor=agent) is None


def test_nothing_comes_when_orders_are_anothers_or_for_a_supervisor(agent, variant):
    make_order(variant, assignee_id=make_actor("agent").user_id)
    queued(make_order(variant), is_pinned=True, is_for_supervisor=True)
    assert next_order(actor=agent) is None


def test_supervisor_gets_only_what_was_handed_over_when_he_asks(variant):
    supervisor = make_actor("supervisor")
    make_order(variant)
    order = queued(make_order(variant), is_pinned=True, is_for_supervisor=True)
    assert next_order(actor=supervisor) == order
    order.refresh_from_db()
    assert order.assignee_id is None


def test_second_order_of_a_client_waits_when_an_agent_holds_him(agent, variant):
    phone, other = "+212655000009", make_actor("agent")
    make_order(variant, phone_e164=phone, assignee_id=agent.user_id)
    second = make_order(variant, phone_e164=phone, assignee_id=other.user_id)
    next_order(actor=agent)
    assert next_order(actor=other) is None
    with pytest.raises(Conflict) as caught:
        lease_order(actor=other, order_id=second.pk)
    assert caught.value.code == "client_held"


def test_client_is_free_again_when_the_lease_has_run_out(agent, variant):
    phone, other = "+212655000009", make_actor("agent")
    make_order(variant, phone_e164=phone, assignee_id=agent.user_id)
    second = make_order(variant, phone_e164=phone, assignee_id=other.user_id)
    next_order(actor=agent)
    with time_is(MONDAY + minutes(4)):
        heartbeat(actor=agent)
    with time_is(MONDAY + minutes(9)):
        heartbeat(actor=agent)
        assert next_order(actor=other) is None
    with time_is(MONDAY + minutes(10)):
        assert next_order(actor=other) == second


def test_client_is_free_again_when_the_agents_presence_is_lost(agent, variant):
    phone, other = "+212655000009", make_actor("agent")
    make_order(variant, phone_e164=phone, assignee_id=agent.user_id)
    second = make_order(variant, phone_e164=phone, assignee_id=other.user_id)
    next_order(actor=agent)
    with time_is(MONDAY + minutes(6)):
        assert own_lease(agent) is None
        assert next_order(actor=other) == second


def test_client_is_free_at_once_when_the_agent_takes_a_break(agent, variant):
    make_order(variant, assignee_id=agent.user_id)
    next_order(actor=agent)
    set_presence(actor=agent, status="break")
    assert not Lease.objects.exists()


def test_agent_holds_one_client_when_he_opens_another(agent, variant):
    first, second = (make_order(variant, assignee_id=agent.user_id) for _ in range(2))
    lease_order(actor=agent, order_id=first.pk)
    lease_order(actor=agent, order_id=second.pk)
    assert [lease.order_id for lease in Lease.objects.all()] == [second.pk]


def test_lease_follows_when_the_phone_is_corrected(agent, variant):
    order = make_order(variant, assignee_id=agent.user_id)
    lease_order(actor=agent, order_id=order.pk)
    edit_order(actor=agent, order_id=order.pk, fields={"phone_e164": "+212655000010"})
    lease_order(actor=agent, order_id=order.pk)
    assert Lease.objects.get().phone_e164 == "+212655000010"


def test_corrected_phone_does_not_open_the_order_when_another_holds_it(agent, variant):
    order = make_order(variant, assignee_id=agent.user_id)
    lease_order(actor=agent, order_id=order.pk)
    supervisor = make_actor("supervisor")
    edit_order(actor=supervisor, order_id=order.pk, fields={"phone_e164": "+212655000010"})
    with pytest.raises(Conflict):
        lease_order(actor=supervisor, order_id=order.pk)


def test_next_comes_when_the_held_order_was_taken_away(agent, variant):
    first, second = (make_order(variant, assignee_id=agent.user_id) for _ in range(2))
    lease_order(actor=agent, order_id=first.pk)
    assign_orders(actor=make_actor("supervisor"), order_ids=[first.pk], agent_id=make_actor("agent").user_id)
    assert next_order(actor=agent) == second


def test_order_cannot_be_opened_when_it_is_not_the_agents_or_decided(agent, variant):
    with pytest.raises(NotFound):
        lease_order(actor=agent, order_id=make_order(variant).pk)
    order = make_order(variant, assignee_id=agent.user_id, city_text="Fès")
    log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    with pytest.raises(Conflict) as caught:
        lease_order(actor=agent, order_id=order.pk)
    assert caught.value.code == "not_in_queue"


def test_buyer_gets_no_order_when_he_asks(variant):
    make_order(variant)
    with pytest.raises(NotAllowed):
        next_order(actor=make_actor("buyer"))


def test_order_is_due_at_once_when_its_sheet_dates_it_ahead(variant):
    order = make_order(variant, created_at=MONDAY + timedelta(hours=9))
    assert order.queue_entry.due_at == MONDAY
