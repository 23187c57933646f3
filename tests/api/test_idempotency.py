import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from commanda.accounts.models import AnsweredRequest
from commanda.audit.models import Event
from commanda.orders.models import Order, OrderComment
from tests.api.client import ApiClient
from tests.factories import make_order, make_user, make_variant

BODY = {"phone": "0612345678", "lines": [{"sku": "TEA-1"}]}


@pytest.fixture
def variant(db):
    return make_variant(sku="TEA-1", stock=10)


def test_answer_comes_again_when_the_same_is_sent_twice(api, variant):
    first = api.post("/orders", BODY, key="one")
    again = api.post("/orders", BODY, key="one")
    assert Order.objects.count() == 1
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first


def test_two_orders_are_made_when_the_keys_differ(api, variant):
    api.post("/orders", BODY, key="one")
    api.post("/orders", BODY, key="two")
    assert Order.objects.count() == 2


def test_write_is_refused_when_the_key_comes_with_another_body(api, variant):
    api.post("/orders", BODY, key="one")
    other = api.post("/orders", {**BODY, "note": "different"}, key="one")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    elsewhere = api.post("/bulk/orders", {"orders": [BODY]}, key="one")
    assert elsewhere.json()["code"] == "idempotency_mismatch"
    assert Order.objects.count() == 1


def test_keys_of_two_people_do_not_meet(api, variant):
    api.post("/orders", BODY, key="one")
    ApiClient(role="supervisor").post("/orders", BODY, key="one")
    assert Order.objects.count() == 2


def test_key_is_free_again_when_the_write_failed(api, variant):
    order = make_order((variant, 11))
    path = f"/orders/{order.reference}/transition"
    assert api.post(path, {"to": "confirmed"}, key="one").json()["code"] == "out_of_stock"
    assert not AnsweredRequest.objects.exists()
    api.put(f"/orders/{order.reference}/lines", {"lines": [{"sku": "TEA-1", "quantity": 1}]})
    assert api.post(path, {"to": "confirmed"}, key="one").status_code == 200


@pytest.mark.parametrize("key", ["x" * 101, "x" * 5000])
def test_key_is_refused_when_it_is_too_long(api, variant, key):
    assert api.post("/orders", BODY, key=key).json()["code"] == "bad_idempotency_key"
    assert not Order.objects.exists()


def test_every_write_happens_once_when_repeated(api, variant):
    order = make_order((variant, 1))
    path = f"/orders/{order.reference}"
    writes = [
        ("PATCH", path, {"note": "once"}),
        ("PUT", f"{path}/lines", {"lines": [{"sku": "TEA-1", "quantity": 2}]}),
        ("POST", f"{path}/comments", {"text": "once"}),
        ("POST", f"{path}/transition", {"to": "confirmed"}),
        ("POST", "/bulk/transitions", {"ids": [order.pk], "to": "preparing"}),
        ("POST", "/bulk/orders", {"orders": [BODY]}),
    ]
    for number, (method, address, body) in enumerate(writes):
        first = api.send(method, address, body, key=f"key-{number}")
        events = Event.objects.count()
        again = api.send(method, address, body, key=f"key-{number}")
        assert again.json() == first.json(), address
        assert again["Idempotent-Replayed"] == "true"
        assert Event.objects.count() == events
    assert OrderComment.objects.count() == 1


def _at_once(clients, send):
    """What `send` answers to all clients that start at the same moment."""
    gate = threading.Barrier(len(clients))

    def run(client):
        gate.wait(10)
        try:
            return send(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(run, clients))


@pytest.mark.django_db(transaction=True)
def test_one_order_is_made_when_eight_send_the_same_key_at_once():
    make_variant(sku="TEA-1", stock=10)
    user = make_user("admin")
    clients = [ApiClient(user) for _number in range(8)]
    answers = _at_once(clients, lambda client: client.post("/orders", BODY, key="race"))
    assert Order.objects.count() == 1
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 7


@pytest.mark.django_db(transaction=True)
def test_eight_orders_are_made_when_no_key_is_sent():
    """The race above can fail: without the key every request does its work."""
    make_variant(sku="TEA-1", stock=10)
    clients = [ApiClient(make_user("admin")) for _number in range(8)]
    _at_once(clients, lambda client: client.post("/orders", BODY))
    assert Order.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_client_is_told_to_wait_when_the_first_takes_too_long():
    make_variant(sku="TEA-1", stock=10)
    user = make_user("admin")
    client = ApiClient(user)
    with transaction.atomic():  # the first request, still at work
        AnsweredRequest.objects.create(user=user, key="slow", digest="x")
        (answer,) = _at_once([client], lambda client: client.post("/orders", BODY, key="slow"))
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert answer.json()["retryable"] is True
    assert answer["Retry-After"] == "1"
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_client_is_told_to_try_again_when_the_order_is_locked():
    variant = make_variant(sku="TEA-1", stock=10)
    order = make_order(variant)
    client = ApiClient(make_user("admin"))
    with transaction.atomic():
        Order.objects.select_for_update().get(pk=order.pk)
        (answer,) = _at_once(
            [client], lambda client: client.post(f"/orders/{order.reference}/transition", {"to": "confirmed"})
        )
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer["Retry-After"] == "1"
