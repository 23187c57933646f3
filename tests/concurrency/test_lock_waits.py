"""Somebody holds what a person or a program wants to change: they hear "try again" within three seconds."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from commanda.confirmation.models import Call
from commanda.orders.models import Order
from tests.api.client import ApiClient
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db(transaction=True)
TRY_AGAIN = "Somebody else is changing the same thing. Try again in a moment."
WITHIN_S = 3.0
# A busy machine adds its own slowness; the lock itself is waited for as long as the setting says, which is tested, too.
AT_MOST_S = 12.0


@contextmanager
def held(statement, *values):
    """Another transaction that has done this and does not end."""
    parameters = connection.get_connection_params()
    other = psycopg.connect(**{name: parameters[name] for name in ("dbname", "user", "host") if parameters.get(name)})
    try:
        other.execute(statement, values)
        yield
    finally:
        other.close()


@contextmanager
def held_order(order):
    with held("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", order.pk):
        yield


@contextmanager
def patience():
    """What happens in here takes its time to wait for the lock, and no more than a person has."""
    began = time.monotonic()
    yield
    assert 1.0 < time.monotonic() - began < AT_MOST_S


@pytest.fixture
def order():
    return make_order(make_variant(stock=5))


@pytest.fixture
def browser_of_admin():
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(make_user("admin"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def assert_says_try_again(answer):
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert TRY_AGAIN in answer.content.decode()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/orders/{reference}/transition", {"to": "confirmed"}),
        ("POST", "/orders/{reference}/calls", {"outcome": "no_answer"}),
        ("PATCH", "/orders/{reference}", {"customer_name": "Amina Exemple"}),
        ("POST", "/bulk/transitions", {"to": "confirmed", "ids": ["{pk}"]}),
    ],
)
def test_api_says_try_again_when_the_order_is_held(order, method, path, body):
    api = ApiClient()
    path = path.format(reference=order.reference)
    if "ids" in body:
        body = body | {"ids": [order.pk]}
    with held_order(order), patience():
        answer = api.send(method, path, body, key="k")
    assert_says_try_again(answer)
    assert answer.json()["code"] == "busy"
    assert answer.json()["retryable"] is True
    assert Order.objects.get(pk=order.pk).state.slug == "new"
    # The key was not used up: the same request does it now.
    assert api.send(method, path, body, key="k").status_code in {200, 201}


def test_api_says_try_again_when_the_stock_is_held(order):
    api = ApiClient()
    level = order.lines.get().variant_id
    with held("SELECT 1 FROM stock_stocklevel WHERE variant_id = %s FOR UPDATE", level), patience():
        answer = api.post(f"/orders/{order.reference}/transition", {"to": "confirmed"})
    assert_says_try_again(answer)


def test_api_says_that_it_is_under_way_when_the_same_request_is(order):
    api = ApiClient()
    insert = (
        "INSERT INTO accounts_answeredrequest (user_id, key, digest, status, created_at) VALUES (%s, 'k', '', 0, now())"
    )
    with held(insert, api.user.pk), patience():
        answer = api.post(f"/orders/{order.reference}/transition", {"to": "confirmed"}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["form", "htmx"])
def test_page_says_try_again_when_the_order_is_held(browser_of_admin, order, headers):
    address = reverse("order_move", args=[order.reference])
    with held_order(order), patience():
        answer = browser_of_admin.post(address, {"to": "confirmed"}, headers=headers)
    assert_says_try_again(answer)
    assert Order.objects.get(pk=order.pk).state.slug == "new"


def test_page_of_calls_says_try_again_and_keeps_what_was_typed_when_the_order_is_held(order):
    agent = make_user("agent")
    Order.objects.filter(pk=order.pk).update(assignee=agent)
    client = Client()
    client.force_login(agent)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    form = {
        "once": "k",
        "customer_name": order.customer_name,
        "phone_e164": order.phone_e164,
        "outcome": "no_answer",
        "medium": "phone",
        "comment": "rappeler sa sœur",
        f"qty_{order.lines.get().pk}": "1",
    }
    with held_order(order), patience():
        answer = client.post(reverse("call_order", args=[order.reference]), form)
    assert answer.status_code == 422
    assert TRY_AGAIN in answer.content.decode()
    assert "rappeler sa sœur" in answer.content.decode()
    assert not Call.objects.exists()


def test_page_says_try_again_when_it_waits_outside_of_a_unit_of_work(browser_of_admin, order, monkeypatch):
    """A statement of Django's own, such as of a session, meets the same limit."""
    from commanda.web.orders import actions

    def write_at_once(**_given):
        Order.objects.filter(pk=order.pk).update(customer_name="Amina")

    monkeypatch.setattr(actions, "assign_orders", write_at_once)
    with held_order(order), patience():
        answer = browser_of_admin.post(reverse("order_assign", args=[order.reference]), {"agent": ""})
    assert_says_try_again(answer)


def test_lock_is_waited_for_less_than_three_seconds():
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'")
        (milliseconds,) = cursor.fetchone()
    assert 1_000 < milliseconds < WITHIN_S * 1000 - 400


def test_page_would_wait_for_ever_without_the_limit(browser_of_admin, order, monkeypatch):
    """The limit is what ends the wait: without it there is no answer as long as the lock is held."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c lock_timeout=0 -c timezone=UTC")

    def move():
        try:
            return browser_of_admin.post(reverse("order_move", args=[order.reference]), {"to": "confirmed"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with held_order(order):
            answer = pool.submit(move)
            with pytest.raises(TimeoutError):
                answer.result(timeout=WITHIN_S + 1)
        assert answer.result(timeout=60).status_code == 302
