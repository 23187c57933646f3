from datetime import timedelta

import pytest

from commanda.confirmation.models import Call
from commanda.confirmation.services.undo_call import undo_call
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now
from commanda.orders.services.assign import assign_orders
from tests.factories import make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def mine(as_role):
    """An agent's client and an order of the agent."""
    agent = as_role("agent")
    order = make_order(make_variant(stock=5), city_text="Rabat", customer_name="Zineb Exemple")
    assign_orders(actor=SYSTEM, order_ids=[order.pk], agent_id=agent.user.pk)
    return agent, order


def test_order_is_confirmed_when_the_outcome_says_so(mine):
    agent, order = mine
    response = agent.post(f"/orders/{order.reference}/calls", {"outcome": "confirmed", "comment": "D'accord"})
    assert response.status_code == 201, response.content
    assert response.json()["state"] == "confirmed"
    order.refresh_from_db()
    assert order.stage == "confirmed"
    (call,) = agent.get(f"/orders/{order.reference}/calls").json()["items"]
    assert (call["outcome"], call["is_answered"], call["comment"]) == ("confirmed", True, "D'accord")
    assert call["agent"]["name"] == agent.user.name


def test_call_is_not_listed_when_its_outcome_was_undone(mine):
    agent, order = mine
    path = f"/orders/{order.reference}/calls"
    ids = [agent.post(path, {"outcome": "no_answer"}).json()["id"] for _time in range(2)]
    undo_call(actor=agent.user.as_actor(), call_id=ids[1])
    assert [call["id"] for call in agent.get(path).json()["items"]] == ids[:1]


def test_client_is_called_back_when_asked(mine):
    agent, order = mine
    at = now() + timedelta(days=1)
    body = {"outcome": "callback", "callback_at": at.isoformat(), "medium": "whatsapp"}
    response = agent.post(f"/orders/{order.reference}/calls", body)
    assert response.status_code == 201, response.content
    assert response.json()["next_action_at"][:16] == at.isoformat()[:16]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "nonsense"}, "outcome"),
        ({"outcome": "callback"}, "callback_at"),
        ({"outcome": "callback", "callback_at": "2026-01-01T10:00:00"}, "callback_at"),
        ({"outcome": "no_answer", "medium": "pigeon"}, "medium"),
        ({}, "outcome"),
    ],
)
def test_no_call_is_logged_when_a_field_is_wrong(mine, body, field):
    agent, order = mine
    response = agent.post(f"/orders/{order.reference}/calls", body)
    assert (response.status_code, response.json()["field"]) == (422, field)
    assert not Call.objects.exists()


def test_call_is_logged_once_when_repeated_with_its_key(mine):
    agent, order = mine
    for _time in range(2):
        assert agent.post(f"/orders/{order.reference}/calls", {"outcome": "no_answer"}, key="k").status_code == 201
    assert Call.objects.count() == 1


def test_buyer_neither_sees_nor_logs_calls(mine, as_role):
    _agent, order = mine
    buyer = as_role("buyer")
    assert buyer.get(f"/orders/{order.reference}/calls").status_code == 403
    assert buyer.post(f"/orders/{order.reference}/calls", {"outcome": "no_answer"}).status_code == 403


def test_client_is_found_by_any_form_of_the_phone(mine):
    agent, order = mine
    for phone in (order.phone_e164, "0" + order.phone_e164[4:], order.phone_e164[1:]):
        body = agent.get(f"/customers/{phone}").json()
        assert (body["name"], body["orders"]) == ("Zineb Exemple", 1)


def test_client_of_others_is_unknown_to_an_agent(mine, as_role):
    _agent, order = mine
    assert as_role("agent").get(f"/customers/{order.phone_e164}").status_code == 404
    assert as_role("buyer").get(f"/customers/{order.phone_e164}").status_code == 403
    assert as_role("admin").get("/customers/0611223344").status_code == 404
    assert as_role("admin").get("/customers/nobody").status_code == 422
