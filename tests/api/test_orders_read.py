import pytest

from commanda.accounts.models import Role
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order
from commanda.orders.services.annotate import add_comment
from commanda.orders.services.assign import assign_orders
from commanda.orders.services.edit import edit_order
from tests.api.client import ApiClient
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def variant(db):
    return make_variant(sku="TEA-1", price="80.00", stock=500)


def ids(response):
    assert response.status_code == 200, response.content
    return [item["id"] for item in response.json()["items"]]


def test_order_is_told_whole_when_read(api, variant):
    order = make_order((variant, 2), customer_name="Omar Exemple", state="confirmed")
    body = api.get(f"/orders/{order.reference}").json()
    assert body["reference"] == order.reference
    assert body["state"] == {"slug": "confirmed", "stage": "confirmed", "label": "Confirmed"}
    assert body["client"]["name"] == "Omar Exemple"
    assert body["client"]["phone"] == order.phone_e164
    assert body["lines"][0]["sku"] == "TEA-1"
    assert body["lines"][0]["total_amount"] == "160.00"
    assert body["confirmed_at"].endswith("Z")


def test_reference_is_found_when_typed_in_small_letters(api, variant):
    order = make_order(variant)
    assert api.get(f"/orders/{order.reference.lower()}").status_code == 200


@pytest.mark.parametrize("reference", ["CM-999999", "x", "CM-000001%00", "%F0%9F%92%A9", "CM-" + "9" * 30, "..", "a'b"])
def test_answer_is_404_when_there_is_no_such_order(api, reference):
    for path in ("", "/comments", "/events", "/calls"):
        assert api.get(f"/orders/{reference}{path}").status_code == 404


def test_foreign_order_answers_like_none_when_the_agent_asks(as_role, variant):
    agent, other = as_role("agent"), as_role("agent")
    order = make_order(variant)
    assign_orders(actor=SYSTEM, order_ids=[order.pk], agent_id=other.user.pk)
    for path in ("", "/comments", "/events", "/calls"):
        assert agent.get(f"/orders/{order.reference}{path}").status_code == 404
        assert other.get(f"/orders/{order.reference}{path}").status_code == 200
    assign_orders(actor=SYSTEM, order_ids=[order.pk], agent_id=agent.user.pk)
    assert agent.get(f"/orders/{order.reference}").status_code == 200
    assert other.get(f"/orders/{order.reference}").status_code == 404


def test_buyer_gets_no_orders(as_role, variant):
    order = make_order(variant)
    buyer = as_role("buyer")
    assert buyer.get("/orders").status_code == 403
    assert buyer.get(f"/orders/{order.reference}").status_code == 403


def test_client_is_hidden_when_the_role_may_not_see_clients(variant):
    role = Role.objects.create(slug="packer", name="Packer", permissions=["orders.view", "orders.view_all"])
    user = make_user("agent")
    user.role = role
    user.save()
    order = make_order(variant, customer_name="Omar Exemple")
    edit_order(actor=SYSTEM, order_id=order.pk, fields={"customer_name": "Omar Autre", "city_text": "Fès"})
    client = ApiClient(user)
    assert client.get(f"/orders/{order.reference}").json()["client"] is None
    history = client.get(f"/orders/{order.reference}/events").content.decode()
    assert "Omar" not in history
    assert "city_text" in history
    assert client.get("/orders", q="Omar").status_code == 403
    assert client.get("/orders", phone=order.phone_e164).status_code == 403


def test_list_narrows_by_every_filter(api, variant):
    other = make_variant(sku="CUP-9", stock=5)
    agent = make_user("agent")
    first = make_order(variant, platform="meta", tags=("vip",), customer_name="Zineb Exemple")
    second = make_order(other, state="confirmed")
    assign_orders(actor=SYSTEM, order_ids=[second.pk], agent_id=agent.pk)
    for query, expected in [
        ({"state": "confirmed"}, [second]),
        ({"stage": "new"}, [first]),
        ({"assignee": str(agent.pk)}, [second]),
        ({"assignee": "none"}, [first]),
        ({"phone": first.phone_e164}, [first]),
        ({"q": "zineb"}, [first]),
        ({"q": second.reference}, [second]),
        ({"product_sku": "CUP-9"}, [second]),
        ({"tag": "vip"}, [first]),
        ({"platform": "meta"}, [first]),
        ({"channel": "api"}, []),
        ({"created_from": "2001-01-01", "created_to": "2001-01-02"}, []),
        ({"created_from": "2001-01-01"}, [second, first]),
        ({"state": "nonsense"}, []),
    ]:
        assert ids(api.get("/orders", **query)) == [order.pk for order in expected], query
    assert ids(ApiClient(agent).get("/orders", assignee="me")) == [second.pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"stat": "confirmed"}, "stat"),
        ({"stage": "nowhere"}, "stage"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"phone": "12"}, "phone"),
        ({"assignee": "somebody"}, "assignee"),
        ({"created_to": "9999-12-31"}, "created_to"),
        ({"updated_since": "2026-01-01T10:00:00"}, "updated_since"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"q": "x" * 101}, "q"),
    ],
)
def test_list_is_refused_when_a_parameter_is_wrong(api, query, field):
    response = api.get("/orders", **query)
    assert response.status_code == 422, response.content
    assert response.json()["field"] == field


def test_every_order_comes_once_when_following_the_cursor(api, variant):
    orders = [make_order(variant) for _number in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        response = api.get("/orders", limit="3", **({"cursor": cursor} if cursor else {}))
        seen += ids(response)
        cursor = response.json()["next_cursor"]
        make_order(variant)  # what arrives meanwhile moves nothing
        if len(seen) > 7:
            break
    assert seen == [order.pk for order in reversed(orders)]


def test_oldest_change_comes_first_when_asked_for_changes(api, variant):
    first, second = make_order(variant), make_order(variant)
    since = Order.objects.get(pk=second.pk).updated_at
    edit_order(actor=SYSTEM, order_id=first.pk, fields={"note": "changed"})
    assert ids(api.get("/orders", updated_since=since.isoformat())) == [second.pk, first.pk]


def test_history_tells_who_changed_what(api, variant):
    order = make_order(variant, state="confirmed")
    api.patch(f"/orders/{order.reference}", {"note": "Appeler le soir"})
    events = api.get(f"/orders/{order.reference}/events").json()["items"]
    assert [event["name"] for event in events] == ["order.edited", "order.moved", "order.created"]
    assert events[0]["actor"] == api.user.name
    assert events[0]["source"] == "api"
    assert events[0]["changes"] == {"note": ["", "Appeler le soir"]}
    assert events[1]["changes"] == {"state": ["new", "confirmed"]}


def test_comments_come_newest_first(api, variant):
    order = make_order(variant)
    add_comment(actor=api.user.as_actor(), order_id=order.pk, text="Un")
    add_comment(actor=SYSTEM, order_id=order.pk, text="Deux")
    items = api.get(f"/orders/{order.reference}/comments").json()["items"]
    assert [item["text"] for item in items] == ["Deux", "Un"]
    assert items[0]["author"] is None
    assert items[1]["author"]["name"] == api.user.name


@pytest.mark.parametrize("path", ["/orders", "/products", "/stock"])
def test_queries_stay_the_same_when_there_are_many_rows(api, variant, path, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(rows):
        while Order.objects.count() < rows:
            make_order((make_variant(stock=1), 1), variant)
        api.get(path, limit="200")
        with CaptureQueriesContext(connection) as captured:
            api.get(path, limit="200")
        return len(captured)

    assert cost(3) == cost(40)
