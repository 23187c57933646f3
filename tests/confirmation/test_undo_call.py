from datetime import timedelta

import pytest

from commanda.audit.models import Event
from commanda.confirmation.models import Call, CallPolicy, Lease, QueueEntry
from commanda.confirmation.selectors import agent_board
from commanda.confirmation.services.log_call import log_call
from commanda.confirmation.services.next_order import lease_order, next_order
from commanda.confirmation.services.undo_call import undo_call
from commanda.insights.books import check_books
from commanda.kernel.clock import time_is
from commanda.kernel.errors import Conflict, NotAllowed, NotFound
from commanda.orders.services.annotate import add_comment
from commanda.orders.services.edit import edit_order
from commanda.stock.models import StockLevel
from tests.factories import make_actor, make_order, make_variant
from tests.moments import MONDAY

pytestmark = pytest.mark.django_db
SOON = MONDAY + timedelta(seconds=8)


@pytest.fixture(autouse=True)
def monday():
    with time_is(MONDAY):
        yield


@pytest.fixture
def agent():
    return make_actor("agent")


def order_of(agent, *lines, **fields):
    fields.setdefault("city_text", "Fès")
    fields.setdefault("address", "12, rue des Exemples")
    return make_order(*(lines or (make_variant(stock=5),)), assignee_id=agent.user_id, **fields)


def picture(order):
    """All that an outcome may touch of an order."""
    order.refresh_from_db()
    entry = QueueEntry.objects.filter(order=order).values().first()
    stamps = (order.contacted_at, order.confirmed_at, order.cancelled_at)
    return order.state.slug, order.assignee_id, order.reason_id, order.reason_text, stamps, entry


OUTCOMES = [
    {"outcome": "confirmed"},
    {"outcome": "no_answer"},
    {"outcome": "callback", "callback_at": MONDAY + timedelta(hours=2)},
    {"outcome": "refused", "reason": "too_expensive"},
    {"outcome": "wrong_number"},
    {"outcome": "to_supervisor", "comment": "Prix de gros"},
]


@pytest.mark.parametrize("said", OUTCOMES, ids=lambda said: said["outcome"])
def test_order_is_as_it_was_when_the_outcome_is_undone(agent, said):
    variant = make_variant(stock=5)
    order = order_of(agent, (variant, 2))
    lease_order(actor=agent, order_id=order.pk)
    before = picture(order)
    result = log_call(actor=agent, order_id=order.pk, **said)
    assert picture(order) != before
    with time_is(SOON):
        undo_call(actor=agent, call_id=result.call_id)
        assert picture(order) == before
        assert Lease.objects.get().order_id == order.pk
        assert next_order(actor=agent).pk == order.pk
    assert StockLevel.objects.get(pk=variant.pk).reserved == 0
    assert Call.objects.get().undone_at == SOON
    assert not [book.name for book in check_books() if book.differences]


@pytest.mark.parametrize("tries", [1, 4])
def test_tries_are_counted_as_before_when_a_try_is_undone(agent, tries):
    order = order_of(agent)
    for _ in range(tries):
        result = log_call(actor=agent, order_id=order.pk, outcome="busy")
    before = picture(order)
    result = log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    assert result.is_exhausted == (tries == 4)
    undo_call(actor=agent, call_id=result.call_id)
    assert picture(order) == before
    assert before[-1]["attempts"] == tries


def test_unreachable_order_stays_out_of_the_queue_when_a_further_call_is_undone(agent):
    CallPolicy.objects.update(max_attempts=1)
    order = order_of(agent)
    log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    before = picture(order)
    result = log_call(actor=agent, order_id=order.pk, outcome="callback", callback_at=MONDAY + timedelta(hours=1))
    undo_call(actor=agent, call_id=result.call_id)
    assert picture(order) == before
    assert before[-1] is None


def test_siblings_are_due_again_when_the_call_that_postponed_them_is_undone(agent):
    phone = "+212655000001"
    order, sibling = order_of(agent, phone_e164=phone), order_of(agent, phone_e164=phone)
    before = picture(sibling)
    result = log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    assert picture(sibling) != before
    undo_call(actor=agent, call_id=result.call_id)
    assert picture(sibling) == before


def test_next_order_is_let_go_when_the_last_one_comes_back(agent):
    first, second = order_of(agent), order_of(agent)
    result = log_call(actor=agent, order_id=first.pk, outcome="no_answer")
    assert next_order(actor=agent).pk == second.pk
    undo_call(actor=agent, call_id=result.call_id)
    assert [lease.order_id for lease in Lease.objects.all()] == [first.pk]


def test_call_counts_nowhere_when_it_is_undone(agent):
    order = order_of(agent)
    undo_call(actor=agent, call_id=log_call(actor=agent, order_id=order.pk, outcome="confirmed").call_id)
    (row,) = agent_board(agent)
    assert (row.calls, row.confirmed) == (0, 0)
    assert list(Event.objects.filter(subject="call").order_by("pk").values_list("name", flat=True)) == [
        "call.logged",
        "call.undone",
    ]


def test_nothing_happens_when_it_is_undone_twice(agent):
    order = order_of(agent)
    result = log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    for _ in range(2):
        assert undo_call(actor=agent, call_id=result.call_id) == order
    assert Event.objects.filter(name="call.undone").count() == 1


def test_undoing_is_refused_when_it_comes_too_late(agent):
    order = order_of(agent)
    result = log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    with time_is(MONDAY + timedelta(seconds=16)), pytest.raises(Conflict) as caught:
        undo_call(actor=agent, call_id=result.call_id)
    assert caught.value.code == "undo_too_late"
    assert picture(order)[0] == "confirmed"


def test_undoing_is_refused_when_somebody_changed_the_order_since(agent):
    order = order_of(agent)
    result = log_call(actor=agent, order_id=order.pk, outcome="confirmed")
    add_comment(actor=agent, order_id=order.pk, text="Sonner deux fois")
    edit_order(actor=make_actor("supervisor"), order_id=order.pk, fields={"note": "Fragile"})
    with pytest.raises(Conflict) as caught:
        undo_call(actor=agent, call_id=result.call_id)
    assert caught.value.code == "changed_since"


def test_undoing_is_refused_when_somebody_else_talks_to_the_client(agent):
    order = order_of(agent)
    result = log_call(actor=agent, order_id=order.pk, outcome="no_answer")
    lease_order(actor=make_actor("supervisor"), order_id=order.pk)
    with pytest.raises(Conflict) as caught:
        undo_call(actor=agent, call_id=result.call_id)
    assert caught.value.code == "client_held"
    assert Call.objects.get().undone_at is None


def test_undoing_is_refused_when_the_call_is_somebody_elses(agent):
    result = log_call(actor=agent, order_id=order_of(agent).pk, outcome="no_answer")
    with pytest.raises(NotFound):
        undo_call(actor=make_actor("supervisor"), call_id=result.call_id)
    with pytest.raises(NotAllowed):
        undo_call(actor=make_actor("buyer"), call_id=result.call_id)
