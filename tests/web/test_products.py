from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from commanda.catalog.models import Alias, Product, Variant
from commanda.catalog.services.aliases import add_alias
from tests.factories import make_bundle, make_order, make_user, make_variant
from tests.shipping.helpers import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(kind="PNG", name="photo.png"):
    buffer = BytesIO()
    Image.new("RGB", (1000, 500), "teal").save(buffer, kind)
    return SimpleUploadedFile(name, buffer.getvalue())


def form(*variants, parts=None, **fields):
    data = {"name": "Théière", "low_stock_qty": "5", "is_active": "on"}
    data |= {"variants-TOTAL_FORMS": str(len(variants)), "variants-INITIAL_FORMS": "0"}
    for at, variant in enumerate(variants):
        data |= {f"variants-{at}-{name}": value for name, value in variant.items()}
    if parts is not None:
        data |= {"parts-TOTAL_FORMS": str(len(parts)), "parts-INITIAL_FORMS": "0"}
        for at, (variant, quantity) in enumerate(parts):
            data |= {f"parts-{at}-variant": str(variant.pk), f"parts-{at}-quantity": str(quantity)}
    return data | fields


def row(sku="TH-1", price="199", **fields):
    return {"sku": sku, "price_amount": price, "is_active": "on", **fields}


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_products_are_seen_but_not_changed_by_others_than_admins(client, role):
    variant = make_variant()
    alias = add_alias(actor=SYSTEM, variant_id=variant.pk, text="autre")
    client.force_login(make_user(role))
    page = reverse("product", args=[variant.product_id])
    for url in (reverse("products"), page):
        answer = client.get(url)
        assert answer.status_code == 200
        assert reverse("product_new") not in answer.content.decode()
    closed = [
        reverse("product_new"),
        reverse("product_edit", args=[variant.product_id]),
        reverse("product_alias", args=[variant.product_id]),
        reverse("product_alias_remove", args=[alias.pk]),
    ]
    assert {client.post(url, form(row("NEW"))).status_code for url in closed} == {403}
    assert Product.objects.count() == Alias.objects.count() == 1


def test_page_says_what_to_do_when_there_is_nothing(client, admin):
    assert 'class="empty' in client.get(reverse("products")).content.decode()
    assert client.get(reverse("product", args=[999])).status_code == 404


def test_product_is_made_with_variants_category_and_picture(client, admin):
    data = form(
        row("TH-R", "199,50", color="Rouge"), row("TH-B", "1 299 DH", color="Bleu"), row("", ""), category="Cuisine"
    )
    answer = client.post(reverse("product_new"), data | {"picture": upload("JPEG", "../../évil.php")})
    product = Product.objects.get()
    assert answer["Location"] == reverse("product", args=[product.pk])
    assert [str(v.price_amount) for v in product.variants.order_by("pk")] == ["199.50", "1299.00"]
    assert (product.category.name, product.low_stock_qty, product.allows_backorder) == ("Cuisine", 5, False)
    assert product.picture.name.startswith("products/")
    assert product.picture.name.endswith(".webp")
    text = client.get(answer["Location"]).content.decode()
    assert product.picture.url in text


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (form(row(), name=""), "name"),
        (form(), None),
        (form(row(price="")), None),
        (form(row(price="abc")), None),
        (form(row(price="-5")), None),
        (form(row(""), row("A")), None),
        (form(row("TAKEN")), None),
        (form(row("A"), row("B")), None),
        (form(row(), low_stock_qty="-1"), "low_stock_qty"),
        (form(row(), name="x" * 151), "name"),
        (form(row(), picture=SimpleUploadedFile("a.png", b"<svg onload=alert(1)>")), "picture"),
        (form(row(), picture=SimpleUploadedFile("a.png", b"")), "picture"),
    ],
)
def test_form_comes_back_with_words_when_something_is_wrong(client, admin, data, word):
    make_variant(sku="TAKEN")
    answer = client.post(reverse("product_new"), data)
    assert answer.status_code == 422
    if word:
        assert word in answer.context["form"].errors
    else:
        assert answer.context["form"].errors or any(answer.context["variants"].errors)
    assert Product.objects.count() == 1


def test_everything_is_changed_on_one_page(client, admin):
    variant = make_variant(sku="A-1", name="Tapis", price="100.00", stock=3)
    url = reverse("product_edit", args=[variant.product_id])
    assert 'value="A-1"' in client.get(url).content.decode()
    data = form(
        row("A-1", "120", variant_id=str(variant.pk)),
        row("A-2", "150", color="Noir"),
        name="Tapis neuf",
        call_script="Bonjour",
        allows_backorder="on",
    )
    data.pop("variants-0-is_active")
    assert client.post(url, data).status_code == 302
    variant.refresh_from_db()
    product = Product.objects.get()
    assert (variant.price_amount, variant.is_active) == (Decimal(120), False)
    assert (product.name, product.call_script, product.allows_backorder) == ("Tapis neuf", "Bonjour", True)
    assert Variant.objects.filter(sku="A-2", level__isnull=False, level__allows_backorder=True).exists()


def test_variants_of_another_product_stay_when_named_in_the_form(client, admin):
    mine, other = make_variant(sku="MINE"), make_variant(sku="OTHER")
    url = reverse("product_edit", args=[mine.product_id])
    assert client.post(url, form(row("STOLEN", variant_id=str(other.pk)))).status_code == 422
    assert Variant.objects.filter(sku="OTHER").exists()


def test_selling_without_stock_is_kept_with_words_when_units_are_owed(client, admin):
    variant = make_variant(sku="A-1", allows_backorder=True)
    make_order((variant, 2), state="confirmed")
    url = reverse("product_edit", args=[variant.product_id])
    assert client.post(url, form(row("A-1", variant_id=str(variant.pk)))).status_code == 422
    assert Product.objects.get().allows_backorder


def test_pack_is_made_and_changed(client, admin):
    cup, spoon = make_variant(stock=10), make_variant(stock=4)
    url = reverse("product_new") + "?kind=pack"
    assert client.post(url, form(row("PK"), parts=[])).status_code == 422
    assert client.post(url, form(row("PK"), parts=[(cup, 1), (spoon, 2)])).status_code == 302
    pack = Product.objects.get(is_bundle=True)
    page = client.get(reverse("product", args=[pack.pk]))
    assert page.context["units"].available == 2
    edit = reverse("product_edit", args=[pack.pk])
    variant = pack.variants.get()
    assert client.post(edit, form(row("PK", variant_id=str(variant.pk)), parts=[(cup, 3)])).status_code == 302
    assert list(variant.components.values_list("component", "quantity")) == [(cup.pk, 3)]


def test_more_rows_come_without_javascript_and_what_was_typed_stays(client, admin):
    answer = client.post(reverse("product_new"), form(row("KEPT-1"), add_rows="1", name="Gardé"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="KEPT-1"' in text
    assert 'value="Gardé"' in text
    assert 'name="variants-3-sku"' in text
    assert not Product.objects.exists()


def test_names_are_added_and_removed(client, admin):
    variant, other = make_variant(), make_variant()
    url = reverse("product_alias", args=[variant.product_id])
    assert client.post(url, {"variant": variant.pk, "text": "Théière rouge"}).status_code == 302
    assert "Théière rouge" in client.get(reverse("product", args=[variant.product_id])).content.decode()
    taken = reverse("product_alias", args=[other.product_id])
    assert client.post(taken, {"variant": other.pk, "text": "theiere ROUGE"}).status_code == 422
    assert client.post(url, {"variant": other.pk, "text": "autre"}).status_code == 422
    remove = reverse("product_alias_remove", args=[Alias.objects.get().pk])
    assert client.post(remove).status_code == 302
    assert client.post(remove).status_code == 404


def test_list_is_searched_and_filtered(client, admin):
    tea = make_variant(name="Théière", sku="TH-1", category="Cuisine")
    off = make_variant(name="Tapis", is_active=False)
    add_alias(actor=SYSTEM, variant_id=tea.pk, text="berrad")
    for query in ({"q": "theiere"}, {"q": "th-1"}, {"q": "Berrad"}, {"category": tea.product.category_id}, {}):
        assert [row.pk for row in client.get(reverse("products"), query).context["page"]] == [tea.product_id], query
    for query in ({"q": "%%%"}, {"category": "x" * 30}, {"after": "zzz"}):
        assert client.get(reverse("products"), query).status_code == 200
    assert [row.pk for row in client.get(reverse("products"), {"show": "off"}).context["page"]] == [off.product_id]
    assert len(client.get(reverse("products"), {"show": "all"}).context["page"]) == 2


def test_picture_is_shown_to_signed_in_people_only(client):
    product = make_variant(picture=upload()).product
    assert client.get(product.picture.url).status_code == 302
    client.force_login(make_user("buyer"))
    answer = client.get(product.picture.url)
    assert (answer.status_code, answer["Content-Type"], answer["X-Content-Type-Options"]) == (
        200,
        "image/webp",
        "nosniff",
    )
    assert answer["Cache-Control"].startswith("private, max-age=")
    assert Image.open(BytesIO(b"".join(answer.streaming_content))).size == (800, 400)


@pytest.mark.parametrize(
    "name",
    ["products/none.webp", "secret-key", "products/../secret-key", "products/x.html", "proofs/x.webp", "products/"],
)
def test_nothing_else_is_served_as_a_picture(client, admin, tmp_path, name):
    (tmp_path / "secret-key").write_text("s")
    (tmp_path / "products").mkdir()
    (tmp_path / "products" / "x.html").write_text("<script>")
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / "x.webp").write_bytes(b"x")
    assert client.get(f"/media/{name}").status_code == 404


def test_picture_is_replaced_and_removed(client, admin):
    variant = make_variant(sku="A-1", picture=upload())
    before = variant.product.picture.name
    url = reverse("product_edit", args=[variant.product_id])
    data = form(row("A-1", variant_id=str(variant.pk)))
    client.post(url, data)
    assert Product.objects.get().picture.name == before
    client.post(url, data | {"picture": upload("WEBP")})
    assert Product.objects.get().picture.name not in {"", before}
    client.post(url, data | {"drop_picture": "on"})
    assert not Product.objects.get().picture


def test_queries_do_not_grow_when_there_are_more_products(client, admin):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("products"), {"show": "all"}).status_code == 200
        return len(queries)

    make_bundle({make_variant(stock=3): 1})
    for _number in range(8):
        make_variant()
    count()
    few = count()
    for _number in range(190):
        make_variant()
    make_bundle({make_variant(stock=3): 1})
    assert count() == few
