from decimal import Decimal

import pytest

from commanda.audit.models import Event
from commanda.customers.models import City, Customer
from commanda.orders.models import Order
from tests.factories import make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def variant(db):
    return make_variant(sku="SCARF-RED", price="149.00", stock=20)


def body(**fields):
    return {"phone": "06 12-34-56-78", "lines": [{"sku": "SCARF-RED", "quantity": 2}], **fields}


def test_order_is_created_when_named_by_sku(api, variant):
    response = api.post(
        "/orders",
        body(
            customer_name="Salma Exemple",
            city="الدار البيضاء",
            address="12, rue des Essais",
            platform="meta",
            campaign="Automne",
            tags=["vip", "vip", "gift"],
            delivery_amount="35.50",
        ),
    )
    assert response.status_code == 201, response.content
    receipt = response.json()
    order = Order.objects.get(pk=receipt["id"])
    assert (order.phone_e164, order.customer_name, order.platform) == ("+212612345678", "Salma Exemple", "facebook")
    assert order.city == City.objects.get(slug="casablanca")
    assert order.tags == ["vip", "gift"]
    assert order.channel == "api"
    assert order.created_by == api.user
    assert receipt["total_amount"] == "333.50"
    assert order.total_amount == Decimal("333.50")
    event = Event.objects.get(subject="order", subject_id=order.pk, name="order.created")
    assert event.source == "api"
    assert event.actor == api.user


def test_marks_of_the_link_are_kept_and_tell_the_platform_when_it_is_not_named(api, variant):
    marks = {"utm_source": "ig", "utm_medium": "paid", "utm_content": "Vidéo 3", "utm_term": ""}
    receipt = api.post("/orders", body(campaign="Rentrée", **marks)).json()
    order = Order.objects.get()
    assert (order.platform, order.campaign) == ("facebook", "Rentrée")
    assert order.utm == {"source": "ig", "medium": "paid", "content": "Vidéo 3"}
    told = api.get(f"/orders/{receipt['reference']}").json()
    assert {name: told[name] for name in marks} == marks
    api.post("/orders", body(phone="0698765432", utm_source="newsletter", platform="TikTok"))
    assert Order.objects.latest("pk").platform == "tiktok"


def test_order_carries_no_marks_when_none_are_sent(api, variant):
    api.post("/orders", body())
    assert Order.objects.get().utm is None


def test_order_is_created_when_named_by_variant_id(api, variant):
    response = api.post("/orders", body(lines=[{"variant_id": variant.pk}]))
    assert response.status_code == 201
    assert Order.objects.get().lines.get().sku == "SCARF-RED"


def test_same_client_is_flagged_when_ordering_the_same_twice(api, variant):
    first = api.post("/orders", body()).json()
    second = api.post("/orders", body(phone="+212 612 345 678")).json()
    assert second["possible_duplicate_of_id"] == first["id"]
    assert Customer.objects.count() == 1


def test_unknown_city_is_kept_as_written(api, variant):
    api.post("/orders", body(city="Trifouilly"))
    order = Order.objects.get()
    assert order.city is None
    assert order.city_text == "Trifouilly"


@pytest.mark.parametrize("named", ["sku", "variant_id"])
@pytest.mark.parametrize("stopped", ["variant", "product"])
def test_nothing_is_created_of_what_is_no_longer_sold(api, variant, named, stopped):
    line = {"sku": variant.sku} if named == "sku" else {"variant_id": variant.pk}
    assert api.post("/orders", body(lines=[line])).status_code == 201
    owner = variant if stopped == "variant" else variant.product
    owner.is_active = False
    owner.save()
    response = api.post("/orders", body(lines=[line]))
    assert (response.status_code, response.json()["errors"][0]["code"]) == (422, "unknown_product")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"phone": "0612"}, "phone", "phone_too_short"),
        ({"phone": "#ERROR!"}, "phone", "phone_formula_error"),
        ({"phone": "0612345678 / 0698765432"}, "phone", "phone_two_numbers"),
        ({"phone2": "12"}, "phone2", "phone_too_short"),
        ({"lines": []}, "lines", "too_short"),
        ({"lines": [{"sku": "NONE"}]}, "lines.0.sku", "unknown_product"),
        ({"lines": [{"quantity": 1}]}, "lines.0", "sku_or_variant_id"),
        ({"lines": [{"sku": "SCARF-RED", "variant_id": 1}]}, "lines.0", "sku_or_variant_id"),
        ({"lines": [{"sku": "SCARF-RED", "quantity": 0}]}, "lines.0.quantity", "greater_than_equal"),
        ({"lines": [{"sku": "SCARF-RED", "quantity": -3}]}, "lines.0.quantity", "greater_than_equal"),
        ({"lines": [{"sku": "SCARF-RED", "quantity": 1000}]}, "lines.0.quantity", "less_than_equal"),
        ({"lines": [{"sku": "SCARF-RED", "quantity": 1.5}]}, "lines.0.quantity", "int_type"),
        ({"lines": [{"sku": "SCARF-RED", "quantity": True}]}, "lines.0.quantity", "int_type"),
        ({"lines": [{"variant_id": 2**63}]}, "lines.0.variant_id", "less_than_equal"),
        ({"lines": [{"variant_id": 2**62}]}, "lines", "unknown_product"),
        ({"discount_amount": "-1"}, "discount_amount", "greater_than_equal"),
        ({"discount_amount": "1000"}, "discount_amount", "discount_too_large"),
        ({"delivery_amount": "1.999"}, "delivery_amount", "decimal_max_places"),
        ({"delivery_amount": "NaN"}, "delivery_amount", "finite_number"),
        ({"promised_on": "1926-01-01"}, "promised_on", "greater_than_equal"),
        ({"customer_name": "x" * 50_000}, "customer_name", "string_too_long"),
        ({"store": "ZZ"}, "store", "unknown_store"),
        ({"created_by": 1}, "created_by", "extra_forbidden"),
        ({"total_amount": "1.00"}, "total_amount", "extra_forbidden"),
        ({"assignee_id": 1}, "assignee_id", "extra_forbidden"),
        ({"phone": None}, "phone", "string_type"),
    ],
)
def test_nothing_is_created_when_a_field_is_wrong(api, variant, fields, field, code):
    response = api.post("/orders", body(**fields))
    assert response.status_code == 422, response.content
    problem = response.json()
    assert (problem["field"], problem["errors"][0]["code"]) == (field, code)
    assert problem["errors"][0]["detail"]
    assert not Order.objects.exists()
    assert not Customer.objects.exists()


def test_every_wrong_field_is_named_when_there_are_several(api, variant):
    response = api.post("/orders", {"lines": [{"sku": 1}], "note": []})
    assert {error["field"] for error in response.json()["errors"]} == {"phone", "lines.0.sku", "note"}


@pytest.mark.parametrize("raw", ["{", "", "[]", "null", '"x"', "[" * 100_000, '{"phone": NaN}', "\xff", "9" * 10_000])
def test_answer_is_a_problem_when_the_body_is_no_order(api, raw):
    response = api.client.generic(
        "POST", "/api/v1/orders", raw.encode("latin-1"), content_type="application/json", headers=api.headers
    )
    assert response.status_code in {400, 422}, response.content
    assert response["Content-Type"] == "application/problem+json"


def test_answer_is_415_when_the_body_is_a_form(api):
    response = api.client.post("/api/v1/orders", {"phone": "0612345678"}, headers=api.headers)
    assert response.status_code == 415
    assert response.json()["code"] == "wrong_media_type"


def test_answer_is_413_when_the_body_is_too_large(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert api.post("/orders", body(note="x" * 500)).status_code == 413


def test_invisible_characters_are_dropped(api, variant):
    response = api.post("/orders", body(customer_name="\u202bSalma\x00 Exemple\u200f", note="a\x00b"))
    assert response.status_code == 201
    assert Order.objects.get().customer_name == "Salma Exemple"
    assert Order.objects.get().note == "ab"


def test_price_is_refused_when_the_agent_may_not_change_it(as_role, variant):
    agent = as_role("agent")
    cheap = [{"sku": "SCARF-RED", "unit_price_amount": "1.00"}]
    assert agent.post("/orders", body(lines=cheap)).status_code == 403
    assert agent.post("/orders", body(discount_amount="10.00")).status_code == 403
    assert not Order.objects.exists()
    assert as_role("supervisor").post("/orders", body(lines=cheap, discount_amount="0.50")).status_code == 201


def test_buyer_creates_no_order(as_role, variant):
    assert as_role("buyer").post("/orders", body()).status_code == 403


def test_all_or_none_are_created_when_sent_together(api, variant):
    good, bad = body(phone="0611111111"), body(phone="0622222222", lines=[{"sku": "NONE"}])
    refused = api.post("/bulk/orders", {"orders": [good, bad]})
    assert refused.status_code == 422
    assert refused.json()["field"] == "orders.1.lines.0.sku"
    assert not Order.objects.exists()
    made = api.post("/bulk/orders", {"orders": [good, body(phone="0622222222")]})
    assert made.status_code == 201
    phones = list(Order.objects.order_by("pk").values_list("phone_e164", flat=True))
    assert phones == ["+212611111111", "+212622222222"]
    assert [item["id"] for item in made.json()["items"]] == list(
        Order.objects.order_by("pk").values_list("pk", flat=True)
    )
