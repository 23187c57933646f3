import pytest
from django.test import Client

from commanda.accounts.models import ApiKey
from commanda.accounts.services.api_keys import revoke_api_key
from commanda.kernel.actor import system_actor
from tests.api.client import BASE, ApiClient
from tests.factories import make_user
from tests.factories.people import PASSWORD

pytestmark = pytest.mark.django_db


def test_problem_asks_for_a_key_when_none_is_sent():
    response = Client().get(f"{BASE}/me", headers={"Accept-Language": "en"})
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "unauthorized"
    assert response.json()["type"] == "urn:commanda:problem:unauthorized"


def test_session_cookie_opens_nothing_when_a_person_is_signed_in():
    user = make_user("admin")
    browser = Client()
    browser.force_login(user)
    assert browser.get(f"{BASE}/me").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer cmd_wrong", "Basic YTpi", "Bearer \xe9", "Token cmd_x"])
def test_answer_is_401_when_the_header_is_wrong(header):
    assert Client().get(f"{BASE}/me", headers={"Authorization": header}).status_code == 401


def test_key_opens_nothing_when_revoked(api):
    key = ApiKey.objects.get(user=api.user)
    assert api.get("/me").status_code == 200
    revoke_api_key(actor=system_actor("test"), key_id=key.pk)
    assert api.get("/me").status_code == 401


def test_key_opens_nothing_when_its_owner_is_deactivated(api):
    api.user.is_active = False
    api.user.save()
    assert api.get("/me").status_code == 401


def test_password_is_no_key():
    user = make_user("admin")
    response = Client().get(f"{BASE}/me", headers={"Authorization": f"Bearer {PASSWORD}"})
    assert response.status_code == 401
    assert user.is_active


def test_me_names_the_owner_and_the_rights(as_role):
    agent = as_role("agent")
    body = agent.get("/me").json()
    assert body["email"] == agent.user.email
    assert body["role"] == "agent"
    assert "orders.view" in body["permissions"]
    assert "finance.view" not in body["permissions"]


def test_workflow_lists_states_moves_and_reasons(as_role):
    body = as_role("agent", language="fr").get("/workflow").json()
    states = {state["slug"]: state for state in body["states"]}
    assert states["confirmed"]["label"] == "Confirmée"
    assert states["new"]["is_initial"] is True
    moves = {(move["source"], move["target"]): move for move in body["moves"]}
    assert moves["new", "confirmed"]["is_allowed"] is True
    assert moves["confirmed", "shipped"]["is_allowed"] is False
    assert "refused" in {reason["slug"] for reason in body["reasons"]}


@pytest.mark.parametrize("address", ["/nothing/here", "/products/%0A", "/pictures/a%0Ab%F0%9F%8D%B5", "/%0A"])
def test_address_is_a_problem_when_unknown(api, address):
    response = api.get(address)
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_method_is_a_problem_when_not_offered(api):
    response = api.send("DELETE", "/me")
    assert response.status_code == 405
    assert response["Allow"] == "GET"
    assert response.json()["code"] == "method_not_allowed"


def test_detail_speaks_the_language_of_the_header():
    user = make_user("buyer")
    english = ApiClient(user, language="en").get("/orders").json()["detail"]
    french = ApiClient(user, language="fr").get("/orders").json()["title"]
    assert english.startswith("You do not have the right")
    assert french


def test_description_is_served_without_a_key():
    response = Client().get(f"{BASE}/openapi.json")
    assert response.status_code == 200
    assert response.json()["openapi"] == "3.1.0"


def test_request_makes_few_queries_when_only_asked_who(api, django_assert_num_queries):
    api.get("/me")
    with django_assert_num_queries(2):  # the key, and what else is known of its owner
        api.get("/me")
