from datetime import timedelta

import pytest

from commanda.audit.models import Event
from commanda.confirmation.models import Call, CallPolicy, Lease, Outcome, QueueEntry
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.next_order import lease_order
from commanda.confirmation.services.queue import requeue_strays
from commanda.customers.models import City
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import time_is
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.transition import transition_order
from commanda.stock.errors import OutOfStock
from commanda.stock.models import StockLevel
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


def order_of(agent, *lines, **fields):
    fields.setdefault("city_text", "Fès")
    return make_order(*(lines or (make_variant(stock=5),)), assignee_id=agent.user_id, **fields)


def state(order):
    order.refresh_from_db()
    return order.state.slug


def test_order_is_confirmed_and_reserved_when_the_client_says_yes(agent):
    variant = make_variant(stock=5)
    order = order_of(agent, (variant, 2))
    lease_order(actor=agent, order_id=order.pk)
    result = log_call(actor=agent, order_id=order.pk, outcome="confirmed", comment=" Après 18 h ")
    assert state(order) == "confirmed"
    assert order.contacted_at == MONDAY
    assert StockLevel.objects.get(pk=variant.pk).reserved == 2
    assert not QueueEntry.objects.exists()
    assert not Lease.objects.exists()
    call = Call.objects.get()
    assert (call.pk, call.comment, call.is_answered, call.agent_id) == (
        result.call_id,
        "Après 18 h",
        True,
        agent.user_id,
    )
    assert result.next_action_at is None


def test_nothing_is_written_when_a_confirmation_finds_no_stock(agent):
    order = order_of(agent, (make_variant(stock=1), 2))
    with pytest.raises(OutOfStock):
        log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    assert not Call.objects.exists()
    order.refresh_from_db()
    assert order.contacted_at is None
    assert QueueEntry.objects.get().attempts == 0


@pytest.mark.parametrize("fields", [{"city_text": ""}, {"city_text": "  "}])
def test_confirmation_is_refused_when_the_city_is_unknown(agent, fields):
    order = order_of(agent, **fields)
    with pytest.raises(Invalid) as caught:
        log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    assert caught.value.field == "city"


def test_retries_follow_the_policy_then_end_when_nobody_answers(agent):
    order = order_of(agent)
    due, at = [], MONDAY
    for _try in range(4):
        with time_is(at):
            result = log_call(actor=agent, order_id=order.pk, outcome="no_answer")
        due.append(result.next_action_at - at)
        at = result.next_action_at
    assert due[:2] == [timedelta(minutes=30), timedelta(hours=2)]
    assert state(order) == "to_confirm"
    assert QueueEntry.objects.get().due_at == at
    with time_is(at):
        result = log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    assert result.is_exhausted
    assert state(order) == "unreachable"
    assert not QueueEntry.objects.exists()
    assert Call.objects.count() == 5


def test_unreachable_client_is_queued_again_when_he_asks_for_a_call(agent):
    CallPolicy.objects.update(max_attempts=1)
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    when = MONDAY + timedelta(hours=3)
    log_call(actor=agent, order_id=order.pk, outcome="callback", callback_at=when)
    entry = QueueEntry.objects.get()
    assert (entry.due_at, entry.is_callback, state(order)) == (when, True, "postponed")


def test_count_of_tries_starts_anew_when_the_client_answered(agent):
    CallPolicy.objects.update(max_attempts=2)
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    log_call(actor=agent, order_id=order.pk, outcome="callback", callback_at=MONDAY + timedelta(hours=1))
    assert QueueEntry.objects.get().attempts == 1
    assert log_call(actor=agent, order_id=order.pk, outcome="busy").is_exhausted


def test_busy_has_its_own_delay_when_the_outcome_says_so(agent):
    order = order_of(agent)
    result = log_call(actor=agent, order_id=order.pk, outcome="busy")
    assert result.next_action_at == MONDAY + timedelta(minutes=15)


@pytest.mark.parametrize("away", [None, timedelta(0), timedelta(minutes=-5), timedelta(days=61)])
def test_callback_is_refused_when_its_time_makes_no_sense(agent, away):
    order = order_of(agent)
    when = None if away is None else MONDAY + away
    with pytest.raises(Invalid) as caught:
        log_call(actor=agent, order_id=order.pk, outcome="callback", callback_at=when)
    assert caught.value.field == "callback_at"
    assert not Call.objects.exists()


def test_refusal_needs_a_reason_when_the_outcome_says_so(agent):
    order = order_of(agent)
    with pytest.raises(Invalid) as caught:
        log_call(actor=agent, order_id=order.pk, outcome="refused")
    assert caught.value.code == "reason_needed"
    log_call(actor=agent, order_id=order.pk, outcome="refused", reason="too_expensive")
    assert state(order) == "cancelled"
    assert order.reason.slug == "too_expensive"


def test_out_of_stock_is_its_own_reason_when_none_is_given(agent):
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="out_of_stock")
    assert (state(order), order.reason.slug) == ("cancelled", "out_of_stock")


def test_order_waits_for_a_supervisor_when_it_is_handed_over(agent):
    order = order_of(agent)
    with pytest.raises(Invalid) as caught:
        log_call(actor=agent, order_id=order.pk, outcome="to_supervisor")
    assert caught.value.field == "comment"
    log_call(actor=agent, order_id=order.pk, outcome="to_supervisor", comment="Veut un prix de gros")
    order.refresh_from_db()
    entry = QueueEntry.objects.get()
    assert order.assignee_id is None
    assert (entry.is_pinned, entry.is_for_supervisor, entry.due_at) == (True, True, MONDAY)
    with pytest.raises(NotFound):
        log_call(actor=agent, order_id=order.pk, outcome="no_answer")


def test_handed_over_order_stays_with_supervisors_when_one_finds_nobody(agent):
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="to_supervisor", comment="Urgent")
    log_call(actor=make_actor("supervisor"), order_id=order.pk, outcome="no_answer")
    entry = QueueEntry.objects.get()
    assert (entry.is_pinned, entry.is_for_supervisor) == (False, True)


def test_handed_over_order_is_ordinary_again_when_it_was_given_back(agent):
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="to_supervisor", comment="Urgent")
    assign_orders(actor=make_actor("supervisor"), order_ids=[order.pk], agent_id=agent.user_id)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    entry = QueueEntry.objects.get()
    assert (entry.is_pinned, entry.is_for_supervisor) == (False, False)


def test_agent_cannot_log_a_call_when_the_order_is_somebody_elses(agent):
    order = order_of(make_actor("agent"))
    with pytest.raises(NotFound):
        log_call(actor=agent, order_id=order.pk, outcome="no_answer")


def test_buyer_cannot_log_a_call_when_he_knows_the_order(agent):
    with pytest.raises(NotAllowed):
        log_call(actor=make_actor("buyer"), order_id=order_of(agent).pk, outcome="no_answer")


def test_call_is_refused_when_the_order_is_decided_already(agent):
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    with pytest.raises(Conflict) as caught:
        log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    assert caught.value.code == "not_in_queue"
    assert Call.objects.count() == 1


def test_call_is_refused_when_somebody_else_is_on_the_phone_with_the_client(agent):
    order = order_of(agent)
    lease_order(actor=agent, order_id=order.pk)
    supervisor = make_actor("supervisor")
    with pytest.raises(Conflict) as caught:
        log_call(actor=supervisor, order_id=order.pk, outcome="no_answer")
    assert caught.value.code == "client_held"
    with time_is(MONDAY + timedelta(minutes=11)):
        log_call(actor=supervisor, order_id=order.pk, outcome="no_answer")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"outcome": "rien"}, "outcome"),
        ({"outcome": "no_answer", "medium": "pigeon"}, "medium"),
        ({"outcome": "no_answer", "comment": "a" * 1001}, "comment"),
        ({"outcome": "refused", "reason": "inconnu"}, "reason"),
    ],
)
def test_call_is_refused_when_the_input_is_wrong(agent, fields, field):
    order = order_of(agent)
    with pytest.raises(Invalid) as caught:
        log_call(actor=agent, order_id=order.pk, **fields)
    assert caught.value.field == field
    assert not Call.objects.exists()


def test_client_is_left_alone_when_another_order_of_his_is_due(agent):
    phone = "+212655000001"
    order, sibling = order_of(agent, phone_e164=phone), order_of(agent, phone_e164=phone)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    entry = QueueEntry.objects.get(order=sibling)
    assert (entry.due_at, entry.attempts) == (MONDAY + timedelta(minutes=30), 0)


def test_order_keeps_being_tried_when_no_last_state_is_set(agent):
    CallPolicy.objects.update(max_attempts=1, exhausted_state=None)
    order = order_of(agent)
    assert log_call(actor=agent, order_id=order.pk, outcome="no_answer").next_action_at > MONDAY


def test_order_is_due_by_the_policy_when_an_outcome_does_nothing(agent):
    Outcome.objects.create(slug="wrong_language", label_fr="Autre langue", is_answered=True, position=50)
    order = order_of(agent)
    result = log_call(actor=agent, order_id=order.pk, outcome="wrong_language")
    assert result.next_action_at == MONDAY + timedelta(minutes=30)


def test_order_is_queued_again_when_somebody_moves_it_out_of_unreachable(agent):
    CallPolicy.objects.update(max_attempts=1)
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    assert requeue_strays() == 0
    transition_order(actor=system_actor("test"), order_id=order.pk, to="to_confirm")
    assert requeue_strays() == 1
    assert requeue_strays() == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"city_text": ""}, "no_city"),
        ({"city_text": "Ville inconnue"}, "unknown_city"),
        ({"address": ""}, "short_address"),
        ({"address": "centre"}, "short_address"),
        ({"address": "n° 1 …"}, "short_address"),
    ],
)
def test_confirmation_is_refused_when_a_courier_could_not_find_the_client(agent, fields, code):
    order = order_of(agent, **fields)
    with pytest.raises(Invalid) as caught:
        log_call(actor=agent, order_id=order.pk, outcome="confirmed", force_reason="Un agent ne force pas")
    assert caught.value.code == code
    assert not Call.objects.exists()
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")


def test_confirmation_is_refused_when_the_city_is_not_delivered_to(agent):
    City.objects.filter(slug="fes").update(is_active=False)
    order = order_of(agent)
    with pytest.raises(Invalid) as caught:
        log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    assert caught.value.code == "city_not_delivered"


def test_supervisor_confirms_all_the_same_when_he_says_why(agent):
    order = order_of(agent, address="")
    supervisor = make_actor("supervisor")
    with pytest.raises(Invalid):
        log_call(actor=supervisor, order_id=order.pk, outcome="confirmed")
    log_call(actor=supervisor, order_id=order.pk, outcome="confirmed", force_reason="Retrait en boutique")
    event = Event.objects.get(name="order.forced")
    assert (event.subject_id, event.changes, event.reason) == (
        order.pk,
        {"rule": "short_address"},
        "Retrait en boutique",
    )


def test_any_address_will_do_when_the_policy_asks_for_none(agent):
    CallPolicy.objects.update(min_address_words=0, min_address_letters=0)
    order = order_of(agent, address="")
    log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    order.refresh_from_db()
    assert (state(order), order.city.slug) == ("confirmed", "fes")
