"""Pages of personal data: shown, given as a file, erased, and the log of who was shown what."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commanda.orders.models import Order
from commanda.privacy.models import Access
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    return make_order(
        make_variant(stock=5),
        state="delivered",
        customer_name="Nadia Essai",
        phone_e164="+212667890123",
        note="2e étage",
    )


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


def test_client_gets_everything_on_paper_and_as_a_file_when_they_ask(order: Order) -> None:
    client = signed_in("admin")
    page = client.get(f"/customers/{order.customer_id}/data/").content.decode()
    assert "Nadia Essai" in page
    assert "2e étage" in page
    found = json.loads(client.get(f"/customers/{order.customer_id}/data/file/").content)
    assert found["client"]["phone"] == "+212667890123"
    assert [row["reference"] for row in found["orders"]] == [order.reference]
    kinds = list(Access.objects.order_by("pk").values_list("kind", "customer_ids"))
    assert kinds == [("opened", [order.customer_id]), ("exported", [order.customer_id])]


def test_client_is_erased_by_page_when_a_reason_is_given(order: Order) -> None:
    client = signed_in("admin")
    address = f"/customers/{order.customer_id}/erase/"
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "demande du 27/11"}).status_code == 302
    assert "Nadia" not in client.get(f"/customers/{order.customer_id}/").content.decode()
    assert client.get(f"/orders/{order.reference}/").status_code == 200
    assert client.get("/customers/").status_code == 200
    assert client.post(address, {"reason": "demande"}).status_code in {409, 422}


def test_log_tells_who_was_shown_whose_data(order: Order) -> None:
    supervisor = signed_in("supervisor")
    with CaptureQueriesContext(connection) as queries:
        supervisor.get(f"/orders/{order.reference}/")
    assert len([each for each in queries if "privacy_access" in (each["sql"] or "")]) == 1
    supervisor.get(f"/customers/{order.customer_id}/")
    b"".join(supervisor.get("/orders/export/csv/").streaming_content)  # type: ignore[attr-defined]
    supervisor.get("/orders/print/", {"ids": order.pk})
    kinds = list(Access.objects.order_by("pk").values_list("kind", "customer_ids"))
    number = [order.customer_id]
    assert kinds == [("opened", number), ("opened", number), ("exported", number), ("exported", number)]

    page = signed_in("admin").get("/team/accesses/", {"client": order.customer_id}).content.decode()
    assert str(Access.objects.first().user) in page
    assert "Nadia" not in page
    assert "667890123" not in page
    assert signed_in("admin").get("/team/accesses/", {"client": 999}).content.decode().count("<td") == 0
    assert supervisor.get("/team/accesses/").status_code == 403


def test_buyer_who_sees_no_client_leaves_no_trace(order: Order) -> None:
    signed_in("buyer").get(f"/orders/{order.reference}/")
    assert not Access.objects.exists()
