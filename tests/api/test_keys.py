"""Keys with some of the rights, for a time, at a pace."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from commanda.accounts.models import ApiKey
from commanda.accounts.services.api_keys import authenticate_key, create_api_key
from commanda.api import throttle
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is, today
from commanda.kernel.errors import Invalid
from tests.api.client import BASE
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def asked(secret, path="/me", method="GET", body=""):
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
    return Client().generic(method, f"{BASE}{path}", body, content_type="application/json", headers=headers)


def test_key_may_do_only_what_it_was_made_for():
    user, order = make_user("supervisor"), make_order(make_variant())
    _key, secret = create_api_key(actor=SYSTEM, user=user, name="x", permissions=["orders.view", "orders.view_all"])
    assert asked(secret).json()["permissions"] == ["orders.view", "orders.view_all"]
    assert asked(secret, "/orders").status_code == 200
    refused = asked(secret, f"/orders/{order.reference}/comments", "POST", '{"text": "Bonjour"}')
    assert refused.status_code == 403


def test_key_acts_as_its_owner_would_but_for_the_rights_left_out():
    user = make_user("supervisor")
    nameless = make_user("agent", name="")
    for owner in (user, nameless):
        _key, secret = create_api_key(actor=SYSTEM, user=owner, name="x")
        assert authenticate_key(secret, request_id="r") == owner.as_actor(source="api", request_id="r")
    _key, secret = create_api_key(actor=SYSTEM, user=user, name="x", permissions=["stock.view"])
    assert authenticate_key(secret) == replace(user.as_actor(source="api"), permissions=frozenset({"stock.view"}))


def test_key_loses_what_its_owner_loses():
    user = make_user("supervisor")
    _key, secret = create_api_key(actor=SYSTEM, user=user, name="x", permissions=["orders.view", "stock.view"])
    user.role = make_user("buyer").role
    user.save()
    assert asked(secret).json()["permissions"] == ["stock.view"]
    assert asked(secret, "/orders").status_code == 403


def test_key_cannot_be_given_more_than_its_owner_has():
    with pytest.raises(Invalid) as caught:
        create_api_key(actor=SYSTEM, user=make_user("agent"), name="x", permissions=["finance.view"])
    assert caught.value.field == "permissions"


def test_key_ends_on_its_day():
    _key, secret = create_api_key(actor=SYSTEM, user=make_user("agent"), name="x", expires_at=now() + timedelta(days=2))
    assert asked(secret).status_code == 200
    with time_is(now() + timedelta(days=2, seconds=1)):
        assert asked(secret).status_code == 401
    with pytest.raises(Invalid):
        create_api_key(actor=SYSTEM, user=make_user("agent"), name="x", expires_at=now())


def test_page_makes_a_key_with_scope_and_end(client):
    client.force_login(make_user("admin"))
    agent = make_user("agent")
    sent = {"user": agent.pk, "name": "boutique", "permissions": ["stock.view"], "expires_on": today().isoformat()}
    page = client.post(reverse("keys"), sent)
    secret, key = page.context["secret"], ApiKey.objects.get()
    assert (key.permissions, key.last_day) == (["stock.view"], today())
    assert asked(secret, "/stock").status_code == 200
    assert asked(secret, "/orders").status_code == 403
    refused = client.post(reverse("keys"), sent | {"permissions": ["finance.view"]})
    assert refused.status_code == 422
    assert refused.context["form"].errors["permissions"]
    past = client.post(reverse("keys"), sent | {"expires_on": "2020-01-01"})
    assert past.context["form"].errors["expires_on"]


@pytest.fixture
def slow(settings, monkeypatch):
    """Two requests a second, at most three at once, on a clock of the test's own."""
    settings.API_RATE = 2
    monkeypatch.setattr(throttle, "BURST_SECONDS", 1.5)
    clock = [0.0]
    monkeypatch.setattr(throttle, "monotonic", lambda: clock[0])
    return clock


def test_key_that_asks_too_fast_waits(slow):
    _key, secret = create_api_key(actor=SYSTEM, user=make_user("agent"), name="x")
    _other, calm = create_api_key(actor=SYSTEM, user=make_user("agent"), name="y")
    assert [asked(secret).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    refused = asked(secret)
    assert refused["Retry-After"] == "1"
    assert refused["Content-Type"] == "application/problem+json"
    assert (refused.json()["code"], refused.json()["retryable"]) == ("too_many_requests", True)
    assert asked(calm).status_code == 200, "another key is not held up"
    slow[0] += 1
    assert [asked(secret).status_code for _ in range(3)] == [200, 200, 429]


def test_pace_can_be_left_open(slow, settings):
    settings.API_RATE = 0
    _key, secret = create_api_key(actor=SYSTEM, user=make_user("agent"), name="x")
    assert {asked(secret).status_code for _ in range(8)} == {200}
