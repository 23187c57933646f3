import pytest

from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.contact import note_contact
from commanda.stock.models import StockLevel
from tests.factories import make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def variant(db):
    return make_variant(sku="TEA-1", price="80.00", stock=10)


def test_order_moves_when_the_workflow_allows_it(api, variant):
    order = make_order((variant, 3))
    response = api.post(f"/orders/{order.reference}/transition", {"to": "confirmed"})
    assert response.status_code == 200, response.content
    assert response.json() == {"id": order.pk, "reference": order.reference, "state": "confirmed"}
    order.refresh_from_db()
    assert order.stage == "confirmed"
    assert StockLevel.objects.get(pk=variant.pk).reserved == 3


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"to": "delivered"}, 409, "illegal_move"),
        ({"to": "nowhere"}, 422, "unknown_state"),
        ({"to": "confirmed", "expected_state": "to_confirm"}, 409, "state_changed"),
        ({"to": "cancelled"}, 422, "reason_needed"),
        ({"to": "cancelled", "reason": "nonsense"}, 422, "unknown_reason"),
        ({"to": "confirmed"}, 409, "out_of_stock"),
        ({"to": ""}, 422, "unknown_state"),
        ({}, 422, "invalid"),
    ],
)
def test_move_is_refused_with_a_stable_code_when_impossible(api, variant, body, status, code):
    order = make_order((variant, 11))
    response = api.post(f"/orders/{order.reference}/transition", body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    order.refresh_from_db()
    assert order.stage == "new"


def test_agent_confirms_only_after_a_contact(as_role, variant):
    agent = as_role("agent")
    order = make_order(variant)
    assign_orders(actor=SYSTEM, order_ids=[order.pk], agent_id=agent.user.pk)
    path = f"/orders/{order.reference}/transition"
    assert agent.post(path, {"to": "confirmed"}).json()["code"] == "not_contacted"
    note_contact(actor=SYSTEM, order_id=order.pk)
    assert agent.post(path, {"to": "confirmed"}).status_code == 200
    assert agent.post(path, {"to": "shipped"}).status_code == 403


def test_foreign_order_answers_404_when_written(as_role, variant):
    order = make_order(variant)
    agent = as_role("agent")
    for method, path, body in [
        ("POST", "/transition", {"to": "to_confirm"}),
        ("PATCH", "", {"note": "x"}),
        ("PUT", "/lines", {"lines": [{"sku": "TEA-1"}]}),
        ("POST", "/comments", {"text": "x"}),
    ]:
        assert agent.send(method, f"/orders/{order.reference}{path}", body).status_code == 404


def test_buyer_writes_nothing(as_role, variant):
    order = make_order(variant)
    buyer = as_role("buyer")
    for method, path, body in [
        ("POST", f"/orders/{order.reference}/transition", {"to": "to_confirm"}),
        ("PATCH", f"/orders/{order.reference}", {"note": "x"}),
        ("PUT", f"/orders/{order.reference}/lines", {"lines": [{"sku": "TEA-1"}]}),
        ("POST", f"/orders/{order.reference}/comments", {"text": "x"}),
        ("POST", "/bulk/transitions", {"ids": [order.pk], "to": "to_confirm"}),
    ]:
        assert buyer.send(method, path, body).status_code == 403


def test_each_order_has_its_own_result_when_moved_together(as_role, variant):
    supervisor = as_role("supervisor")
    small, large = make_order((variant, 4)), make_order((variant, 9))
    response = supervisor.post("/bulk/transitions", {"ids": [large.pk, 10**9, small.pk], "to": "confirmed"})
    assert response.status_code == 200, response.content
    body = response.json()
    assert (body["moved"], body["failed"]) == (1, 2)
    assert [row["problem"] and row["problem"]["code"] for row in body["results"]] == [
        "out_of_stock",
        "not_found",
        None,
    ]
    assert [row["reference"] for row in body["results"]] == [large.reference, None, small.reference]


def test_orders_are_found_by_reference_when_moved_together(api, variant):
    order = make_order(variant)
    response = api.post("/bulk/transitions", {"references": [order.reference, "CM-999999"], "to": "to_confirm"})
    assert [row["problem"] is None for row in response.json()["results"]] == [True, False]


def test_foreign_orders_stay_unknown_when_an_agent_moves_many(as_role, variant):
    order = make_order(variant)
    response = as_role("agent").post("/bulk/transitions", {"ids": [order.pk], "to": "to_confirm"})
    (row,) = response.json()["results"]
    assert row["reference"] is None
    assert row["problem"]["code"] == "not_found"


@pytest.mark.parametrize(
    "body",
    [
        {"to": "confirmed"},
        {"to": "confirmed", "ids": [1], "references": ["CM-000001"]},
        {"to": "confirmed", "ids": list(range(1, 502))},
        {"to": "confirmed", "ids": ["1"]},
    ],
)
def test_many_moves_are_refused_when_not_named_properly(api, body):
    assert api.post("/bulk/transitions", body).status_code == 422


def test_only_sent_fields_change_when_patched(api, variant):
    order = make_order(variant, customer_name="Omar Exemple", address="Rue 1", tags=("old",))
    response = api.patch(
        f"/orders/{order.reference}",
        {"city": "Fès", "phone": "0699999999", "delivery_amount": 20, "tags": ["new"], "promised_on": "2026-12-01"},
    )
    assert response.status_code == 200, response.content
    assert response.json()["total_amount"] == "100.00"
    order.refresh_from_db()
    assert (order.city.slug, order.phone_e164, order.tags) == ("fes", "+212699999999", ["new"])
    assert (order.customer_name, order.address) == ("Omar Exemple", "Rue 1")
    assert order.customer.phone_e164 == "+212699999999"
    api.patch(f"/orders/{order.reference}", {"promised_on": None, "tags": []})
    order.refresh_from_db()
    assert order.promised_on is None
    assert order.tags == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nothing_to_change"),
        ({"state": "confirmed"}, "invalid"),
        ({"assignee_id": 1}, "invalid"),
        ({"created_by_id": 1}, "invalid"),
        ({"phone": ""}, "phone_empty"),
        ({"discount_amount": "100000"}, "discount_too_large"),
    ],
)
def test_patch_is_refused_when_a_field_is_not_for_clients(api, variant, body, code):
    order = make_order(variant)
    response = api.patch(f"/orders/{order.reference}", body)
    assert (response.status_code, response.json()["code"]) == (422, code)


def test_order_is_locked_when_it_has_left_the_house(api, variant):
    order = make_order(variant, state="shipped")
    assert api.patch(f"/orders/{order.reference}", {"note": "x"}).json()["code"] == "order_locked"
    lines = {"lines": [{"sku": "TEA-1", "quantity": 2}]}
    assert api.put(f"/orders/{order.reference}/lines", lines).status_code == 409
    assert api.patch(f"/orders/{order.reference}", {"tags": ["late"]}).status_code == 200


def test_tags_stay_when_another_field_of_the_patch_is_refused(api, variant):
    order = make_order(variant, state="shipped", tags=("old",))
    assert api.patch(f"/orders/{order.reference}", {"tags": ["new"], "note": "x"}).status_code == 409
    assert Order.objects.get(pk=order.pk).tags == ["old"]


def test_reservation_follows_when_lines_are_replaced(api, variant):
    other = make_variant(sku="CUP-1", price="20.00", stock=5)
    order = make_order((variant, 3), state="confirmed")
    response = api.put(
        f"/orders/{order.reference}/lines",
        {"lines": [{"sku": "TEA-1", "quantity": 1}, {"sku": "CUP-1", "quantity": 2, "is_upsell": True}]},
    )
    assert response.status_code == 200, response.content
    assert response.json()["total_amount"] == "120.00"
    assert StockLevel.objects.get(pk=variant.pk).reserved == 1
    assert StockLevel.objects.get(pk=other.pk).reserved == 2


def test_comment_is_added(api, variant):
    order = make_order(variant)
    response = api.post(f"/orders/{order.reference}/comments", {"text": "Client demande <b>rouge</b>"})
    assert response.status_code == 201
    assert order.comments.get().author == api.user
    assert api.post(f"/orders/{order.reference}/comments", {"text": " \x00"}).json()["field"] == "text"
