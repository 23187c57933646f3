from datetime import timedelta

import pytest

from commanda.audit.models import Event
from commanda.confirmation.models import AssignmentRule, CallPolicy, Presence, QueueEntry
from commanda.confirmation.selectors import presence_of, stale
from commanda.confirmation.services.assign import distribute, tend_queue
from commanda.confirmation.services.give_back import give_back_untouched
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.next_order import lease_order, next_order
from commanda.confirmation.services.presence import heartbeat, set_presence
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import time_is
from commanda.kernel.errors import NotAllowed
from tests.factories import make_actor, make_order, make_variant
from tests.moments import MONDAY

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def after(**duration):
    return time_is(MONDAY + timedelta(**duration))


@pytest.fixture(autouse=True)
def monday():
    with time_is(MONDAY):
        yield


@pytest.fixture
def variant(db):
    return make_variant(stock=50)


@pytest.fixture
def agent():
    actor = make_actor("agent")
    set_presence(actor=actor, status="online")
    return actor


def given(agent, variant, **fields):
    return make_order(variant, assignee_id=agent.user_id, **fields)


def test_only_untouched_orders_come_back_when_the_agent_is_gone(agent, variant):
    untouched, called, promised, held, others = (given(agent, variant) for _ in range(5))
    log_call(actor=agent, order_id=called.pk, outcome="no_answer")
    log_call(actor=agent, order_id=promised.pk, outcome="callback", callback_at=MONDAY + timedelta(hours=2))
    # Called by a supervisor, not by the agent whose it is.
    log_call(actor=make_actor("supervisor"), order_id=others.pk, outcome="no_answer")
    with after(minutes=31):
        Presence.objects.filter(user_id=agent.user_id).update(seen_at=MONDAY)
        lease_order(actor=agent, order_id=held.pk)
        Presence.objects.filter(user_id=agent.user_id).update(seen_at=MONDAY)
        assert sorted(give_back_untouched(actor=SYSTEM)) == sorted([untouched.pk, others.pk])
        assert give_back_untouched(actor=SYSTEM) == []
    event = Event.objects.filter(name="order.assigned", subject_id=untouched.pk).get()
    assert event.changes == {"assignee": [agent.user_id, None], "because": "agent_away"}


@pytest.mark.parametrize(("minutes", "number"), [(29, 0), (30, 1)])
def test_orders_come_back_when_the_silence_is_long_enough(agent, variant, minutes, number):
    given(agent, variant)
    with after(minutes=minutes):
        assert len(give_back_untouched(actor=SYSTEM)) == number


@pytest.mark.parametrize("policy", [{"absent_minutes": 0}, {"assignment_method": "manual"}])
def test_orders_stay_when_the_policy_says_so(agent, variant, policy):
    CallPolicy.objects.update(**policy)
    given(agent, variant)
    with after(hours=2):
        assert give_back_untouched(actor=SYSTEM) == []
        set_presence(actor=agent, status="offline")
    assert not Event.objects.filter(name="order.assigned").exists()


def test_order_given_by_hand_to_somebody_away_waits_for_him(agent, variant):
    with after(hours=1):
        set_presence(actor=agent, status="offline")
    with after(hours=2):
        make_order(variant, assignee_id=agent.user_id)
        heartbeat(actor=agent)  # his page is still open
    with after(hours=4):
        assert give_back_untouched(actor=SYSTEM) == []


def test_untouched_orders_go_to_others_when_the_agent_goes_home(agent, variant):
    touched, left = given(agent, variant), given(agent, variant)
    log_call(actor=agent, order_id=touched.pk, outcome="no_answer")
    other = make_actor("agent")
    set_presence(actor=other, status="online")
    set_presence(actor=agent, status="offline")
    assert distribute(actor=SYSTEM) == {left.pk: other.user_id}
    reasons = [event.changes.get("because") for event in Event.objects.filter(name="order.assigned").order_by("id")]
    assert reasons == ["agent_went_home", None]


def test_break_keeps_the_orders_when_it_is_short(agent, variant):
    given(agent, variant)
    set_presence(actor=agent, status="break")
    with after(minutes=25):
        assert give_back_untouched(actor=SYSTEM) == []


def test_stale_order_goes_to_another_when_its_agent_never_touches_it(agent, variant):
    order = given(agent, variant)
    other = make_actor("agent")
    supervisor = make_actor("supervisor")
    kept = make_order(variant, assignee_id=supervisor.user_id)
    with after(hours=24):
        for actor in (agent, other):
            set_presence(actor=actor, status="online")
        assert [entry.order_id for entry in stale(supervisor)] == [order.pk]
        tend_queue(actor=SYSTEM)
        order.refresh_from_db()
        assert order.assignee_id == other.user_id
        kept.refresh_from_db()
        assert kept.assignee_id == supervisor.user_id
    told = [event.changes for event in Event.objects.filter(name="order.assigned").order_by("id")]
    assert [change.get("because", change.get("rule")) for change in told] == ["untouched_too_long", "round_robin"]


@pytest.mark.parametrize("number", [2, 40])
def test_statements_do_not_grow_when_more_orders_come_back(agent, variant, number, django_assert_num_queries):
    for _ in range(number):
        given(agent, variant)
    with after(hours=25), django_assert_num_queries(13):
        assert len(give_back_untouched(actor=SYSTEM)) == number


def test_agent_cannot_take_orders_back_when_he_may_not_assign(agent):
    with pytest.raises(NotAllowed):
        give_back_untouched(actor=agent)


def test_standing_follows_what_the_agent_does(agent, variant):
    assert presence_of(agent.user_id) == "online"
    given(agent, variant)
    next_order(actor=agent)
    assert presence_of(agent.user_id) == "busy"
    with after(minutes=6):
        assert presence_of(agent.user_id) == "away"
        assert heartbeat(actor=agent) == "busy"  # nobody has taken his client meanwhile
        assert Presence.objects.get().since_at == MONDAY + timedelta(minutes=6)
    with after(minutes=8):
        set_presence(actor=agent, status="break")
        assert presence_of(agent.user_id) == "break"
    with after(minutes=9):
        set_presence(actor=agent, status="break")
        assert Presence.objects.get().since_at == MONDAY + timedelta(minutes=8)
        set_presence(actor=agent, status="offline")
        assert presence_of(agent.user_id) == "offline"
    assert presence_of(make_actor("agent").user_id) == "offline"


def test_order_says_why_nobody_has_it_when_rules_leave_it(agent, variant):
    order = make_order(variant)
    entry = QueueEntry.objects.get(order=order)

    def reason():
        distribute(actor=SYSTEM)
        entry.refresh_from_db()
        return entry.unassigned_reason

    AssignmentRule.objects.update(platforms=["meta"])
    assert reason() == "no_rule"
    AssignmentRule.objects.update(platforms=[], agent_ids=[make_actor("agent").user_id])
    assert reason() == "nobody"
    AssignmentRule.objects.update(agent_ids=[])
    CallPolicy.objects.update(capacity=0)
    assert reason() == "full"
    set_presence(actor=agent, status="break")
    assert reason() == "nobody"
    CallPolicy.objects.update(capacity=1)
    set_presence(actor=agent, status="online")
    assert reason() == ""
