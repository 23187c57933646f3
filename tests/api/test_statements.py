"""How many statements a write may cost: round trips are the price of speed (issue of speed, architecture 9)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.kernel.actor import system_actor
from commanda.orders.services.contact import note_contact
from tests.factories import make_order, make_variant

pytestmark = pytest.mark.django_db
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")


def statements(run):
    """The SQL of `run`, without what frames a transaction."""
    with CaptureQueriesContext(connection) as captured:
        response = run()
    assert response.status_code < 300, response.content
    # Of a prepared statement without values Django tells no text.
    texts = [query["sql"] or "" for query in captured]
    return [text for text in texts if not text.startswith(FRAME)]


@pytest.fixture
def variants(db):
    return [make_variant(sku=f"TEA-{number}", stock=50) for number in range(2)]


def order_body(phone):
    return {
        "phone": phone,
        "customer_name": "Salma Exemple",
        "city": "Rabat",
        "lines": [{"sku": "TEA-0", "quantity": 1}, {"sku": "TEA-1", "quantity": 2}],
    }


def test_create_costs_at_most_twelve_statements(as_role, variants):
    client = as_role("supervisor")
    client.post("/orders", order_body("0611111111"))
    found = statements(lambda: client.post("/orders", order_body("0622222222")))
    assert len(found) <= 12, "\n".join(found)


def test_key_costs_two_statements_more(as_role, variants):
    client = as_role("supervisor")
    client.post("/orders", order_body("0611111111"))
    without = statements(lambda: client.post("/orders", order_body("0622222222")))
    found = statements(lambda: client.post("/orders", order_body("0633333333"), key="one"))
    assert len(found) <= len(without) + 2, "\n".join(found)


def test_confirm_costs_at_most_fifteen_statements(as_role, variants):
    client = as_role("supervisor")
    orders = [make_order(*variants) for _number in range(2)]
    for order in orders:
        note_contact(actor=system_actor("test"), order_id=order.pk)
    client.post(f"/orders/{orders[0].reference}/transition", {"to": "confirmed"})
    path = f"/orders/{orders[1].reference}/transition"
    found = statements(lambda: client.post(path, {"to": "confirmed"}))
    assert len(found) <= 15, "\n".join(found)


def test_statements_stay_the_same_when_many_orders_move(as_role, variants):
    client = as_role("supervisor")
    client.get("/me")  # notes the use of the key, once every five minutes

    def confirm(count):
        ids = [make_order(variants[0]).pk for _number in range(count)]
        return statements(lambda: client.post("/bulk/transitions", {"ids": ids, "to": "confirmed"}))

    few, many = confirm(2), confirm(20)
    assert len(few) == len(many), "\n".join(few)


def test_statements_stay_the_same_when_many_orders_are_made(as_role, variants):
    client = as_role("supervisor")

    def orders(count, prefix):
        return {"orders": [order_body(f"06{prefix}{number:06d}") for number in range(count)]}

    client.post("/bulk/orders", orders(1, 10))
    first = statements(lambda: client.post("/bulk/orders", orders(2, 11)))
    second = statements(lambda: client.post("/bulk/orders", orders(40, 12)))
    assert len(first) == len(second), "\n".join(second)
