from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from commanda.accounts.models import Role
from tests.api.client import BASE, ApiClient
from tests.factories import make_bundle, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


def _dot():
    file = BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG")
    return file.getvalue()


def test_product_is_found_by_the_sku_of_a_variant(as_role):
    variant = make_variant(name="Théière", sku="TEA/1", price="80.00", stock=7, color="Rouge")
    make_order((variant, 2), state="confirmed")
    body = as_role("buyer").get("/products/TEA/1").json()
    assert body["name"] == "Théière"
    assert body["picture_url"] is None
    (row,) = body["variants"]
    assert (row["sku"], row["color"], row["price_amount"]) == ("TEA/1", "Rouge", "80.00")
    assert row["stock"] == {"on_hand": 7, "reserved": 2, "in_transit": 0, "quarantine": 0, "available": 5}


def test_bundle_has_no_stock_of_its_own(api):
    bundle = make_bundle({make_variant(stock=3): 2})
    body = api.get(f"/products/{bundle.sku}").json()
    assert body["is_bundle"] is True
    assert body["variants"][0]["stock"] is None


def test_picture_has_a_whole_address(api, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    variant = make_variant(sku="TEA-1", picture=SimpleUploadedFile("tea.png", _dot()))
    url = api.get("/products/TEA-1").json()["picture_url"]
    assert url == f"http://testserver{BASE}/pictures/{variant.product.picture.name}"
    response = api.get(url.partition(BASE)[2])
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response.getvalue()[8:12] == b"WEBP"


@pytest.mark.parametrize("name", ["products/none.webp", "../secret_key", "%2e%2e/%2e%2e/etc/passwd", "a%00b"])
def test_no_other_file_is_served_as_a_picture(api, name):
    assert api.get(f"/pictures/{name}").status_code == 404


@pytest.mark.parametrize("sku", ["NONE", "%00", "a%20b", "%FF"])
def test_answer_is_404_when_no_variant_has_the_sku(api, sku):
    assert api.get(f"/products/{sku}").status_code == 404


def test_list_searches_names_skus_and_aliases(api):
    make_variant(name="Théière", sku="TEA-1")
    make_variant(name="Tapis", sku="RUG-1", is_active=False)
    assert [row["name"] for row in api.get("/products").json()["items"]] == ["Tapis", "Théière"]
    assert [row["name"] for row in api.get("/products", q="theiere").json()["items"]] == ["Théière"]
    assert [row["name"] for row in api.get("/products", q="rug").json()["items"]] == ["Tapis"]
    assert [row["name"] for row in api.get("/products", active="true").json()["items"]] == ["Théière"]


def test_every_product_comes_once_when_following_the_cursor(api):
    for name in ("A", "b", "C", "ب", "É"):
        make_variant(name=name)
    seen, cursor = [], ""
    while cursor is not None:
        body = api.get("/products", limit="2", **({"cursor": cursor} if cursor else {})).json()
        seen += [row["name"] for row in body["items"]]
        cursor = body["next_cursor"]
    assert sorted(seen) == sorted(["A", "b", "C", "ب", "É"])


def test_stock_lists_levels_and_low_ones(api):
    make_variant(sku="MUCH", stock=100, low_stock_qty=10)
    make_variant(sku="LITTLE", stock=3, low_stock_qty=10)
    rows = {row["sku"]: row for row in api.get("/stock").json()["items"]}
    assert rows["MUCH"]["is_low"] is False
    assert rows["LITTLE"]["is_low"] is True
    assert rows["LITTLE"]["available"] == 3
    assert [row["sku"] for row in api.get("/stock", low="1").json()["items"]] == ["LITTLE"]


def test_catalogue_is_closed_when_the_role_may_not_see_stock():
    user = make_user("agent")
    user.role = Role.objects.create(slug="blind", name="Blind", permissions=["orders.view"])
    user.save()
    make_variant(sku="TEA-1")
    client = ApiClient(user)
    for path in ("/products", "/products/TEA-1", "/stock"):
        assert client.get(path).status_code == 403
