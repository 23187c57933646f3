"""No value in any field or parameter gets more than a problem out of the API."""

import copy
import json
from decimal import Decimal
from urllib.parse import quote

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from commanda.api.openapi import WRITES
from commanda.orders.models import Order
from tests.api.bodies import BODIES, LINE, OPERATIONS, filled_body
from tests.api.client import ApiClient, check_answer
from tests.factories import make_order, make_variant

NASTY = [
    *(None, True, -1, 1.5, 1e308, 10**30, [[]], {"a": 1}, ["x"] * 300),
    *("", "a\x00b", "\ud800", "x" * 20_000, "٠٦١٢٣٤٥٦٧٨", "'; DROP TABLE orders_order; --", "%s%(x)s%"),
    *("NaN", "1e999", "9999-12-31", "99999999999999999999"),
]


@pytest.fixture
def shop(db):
    """A client and an order it may change."""
    variant = make_variant(sku="RUG-1", price="250.00", stock=50)
    return ApiClient(), make_order(variant), variant


def variations(body):
    """The body with each of its values replaced by each nasty one, and the whole replaced, too."""
    yield from NASTY
    for path in leaves(body):
        for value in NASTY:
            changed = copy.deepcopy(body)
            place = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            yield changed


def leaves(node, path=()):
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, value in steps:
        yield (*path, step)
        yield from leaves(value, (*path, step))


def filled(path, order):
    known = {"reference": order.reference, "sku": "RUG-1", "phone": order.phone_e164, "name": "none.webp"}
    for name, value in known.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def test_every_write_is_tried_here():
    writes = {name for name, (method, _path, _operation) in OPERATIONS.items() if method.lower() in WRITES}
    assert writes == set(BODIES)


@pytest.mark.parametrize("name", BODIES)
def test_write_answers_a_problem_when_a_value_is_nasty(shop, name):
    client, order, variant = shop
    method, path, _operation = OPERATIONS[name]
    body = json.loads(filled_body(name, order_id=order.pk, variant_id=variant.pk))
    with transaction.atomic():
        assert client.send(method, filled(path, order), body).status_code < 300, "the plain body must be right"
        transaction.set_rollback(True)
    for changed in variations(body):
        with transaction.atomic():
            response = client.send(method, filled(path, order), changed)
            assert response.status_code < 500, (changed, response.content)
            transaction.set_rollback(True)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in BODIES])
def test_read_answers_a_problem_when_a_value_is_nasty(shop, name):
    client, order, _variant = shop
    method, path, operation = OPERATIONS[name]
    texts = [value.replace("\ud800", "\ufffd") for value in NASTY if isinstance(value, str)]
    for parameter in operation["parameters"]:
        for text in texts:
            if parameter["in"] == "query":
                response = client.send(method, filled(path, order), query={parameter["name"]: text})
            elif parameter["in"] == "path" and text.strip(" /.") and "/" not in text and len(text) < 1000:
                response = client.send(method, path.replace(f"{{{parameter['name']}}}", quote(text)))
            else:
                continue
            assert response.status_code < 500, (parameter["name"], text, response.content)


@pytest.mark.parametrize("text", NASTY)
def test_key_is_stored_or_refused_whatever_it_is(shop, text):
    client, order, _variant = shop
    key = str(text).encode("latin-1", "replace").decode("latin-1").replace("\n", "").replace("\r", "")
    response = client.post(f"/orders/{order.reference}/comments", {"text": "Bonjour"}, key=key)
    assert response.status_code in {201, 422}


def test_every_text_comes_back_as_it_was_kept(shop):
    client, _order, _variant = shop

    @settings(max_examples=60, derandomize=True, database=None)
    @given(body=orders_with_any_text())
    def send(body):
        with transaction.atomic():
            receipt = client.post("/orders", body)
            assert receipt.status_code == 201, receipt.content
            order = Order.objects.get(pk=receipt.json()["id"])
            shown = client.get(f"/orders/{order.reference}").json()
            assert shown["client"]["name"] == order.customer_name
            assert shown["city_text"] == order.city_text
            assert shown["tags"] == order.tags
            assert Decimal(shown["total_amount"]) == order.total_amount
            transaction.set_rollback(True)

    send()


def orders_with_any_text():
    texts = {name: st.text(max_size=60) for name in ("customer_name", "city", "address", "note", "campaign")}
    return st.fixed_dictionaries(
        {"phone": st.just("0612345678"), "lines": st.just([LINE])},
        optional={
            **texts,
            "tags": st.lists(st.text(max_size=40), max_size=5),
            "delivery_amount": st.decimals(0, 1000, places=2).map(str),
        },
    )


def test_checker_finds_an_answer_that_breaks_its_promise(shop):
    """The checks above can fail: an answer that is not as described is noticed."""
    client, order, _variant = shop
    response = client.get(f"/orders/{order.reference}")
    del response._json  # what the test client remembers of it
    response.content = response.content.replace(b'"total_amount":"', b'"total_amount":"x')
    with pytest.raises(AssertionError):
        check_answer("GET", response)
