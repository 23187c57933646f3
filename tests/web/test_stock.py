import csv
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from commanda.orders.services.inspect import Verdict, inspect_return
from commanda.stock.models import StockDocument, StockLevel
from commanda.stock.services.documents import StockLine, receive_stock
from tests.factories import make_bundle, make_order, make_user, make_variant
from tests.shipping.helpers import SYSTEM, level

pytestmark = pytest.mark.django_db
EDIT_PAGES = ["stock_receive", "stock_count", "stock_adjust"]


def rows(*lines, **fields):
    data = {"lines-TOTAL_FORMS": str(len(lines)), "lines-INITIAL_FORMS": "0", **fields}
    for at, (variant, quantity) in enumerate(lines):
        data[f"lines-{at}-variant"] = str(getattr(variant, "pk", variant))
        data[f"lines-{at}-quantity"] = str(quantity)
    return data


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_stock_is_seen_but_not_changed_by_others_than_admins(client, role):
    variant = make_variant(stock=3)
    client.force_login(make_user(role))
    for url in (reverse("stock"), reverse("stock_item", args=[variant.sku]), reverse("stock_export", args=["csv"])):
        answer = client.get(url)
        assert answer.status_code == 200
        text = b"".join(answer) if answer.streaming else answer.content
        assert reverse("stock_receive").encode() not in text
    for name in EDIT_PAGES:
        assert client.get(reverse(name)).status_code == 403
        assert client.post(reverse(name), rows((variant, 3), note="x", kind="loss")).status_code == 403
    decision = client.post(reverse("stock_quarantine", args=[variant.pk]), {"quantity": 1, "decision": "stock"})
    assert decision.status_code == 403
    assert level(variant) == (3, 0, 0, 0, 3)


def test_page_says_what_to_do_when_there_is_nothing(client, admin):
    for name in ("stock", "stock_count"):
        answer = client.get(reverse(name))
        assert (answer.status_code, 'class="empty' in answer.content.decode()) == (200, True)
    assert client.get(reverse("stock_item", args=["NOPE"])).status_code == 404


def test_list_is_filtered_and_warns_of_what_runs_out(client, admin):
    low = make_variant(stock=4, low_stock_qty=5, name="Théière")
    make_variant(stock=50, name="Tapis")
    answer = client.get(reverse("stock"))
    assert [row.pk for row in answer.context["low"]] == [low.pk]
    assert len(answer.context["page"]) == 2
    for query in ({"show": "low"}, {"q": "theiere"}, {"q": low.sku}):
        assert [row.pk for row in client.get(reverse("stock"), query).context["page"]] == [low.pk], query
    assert len(client.get(reverse("stock"), {"show": "nonsense"}).context["page"]) == 2
    part = client.get(reverse("stock"), {"q": "tapis"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


@pytest.mark.parametrize("sku", ["A/B 1", "ÉTÉ-1", "50%", "receive", "طقم-1"])
def test_item_page_opens_whatever_the_sku(client, admin, sku):
    variant = make_variant(stock=3, sku=sku)
    answer = client.get(reverse("stock_item", args=[sku]))
    assert answer.context["level"].pk == variant.pk


def test_ledger_names_orders_only_to_those_who_see_them(client, admin):
    variant = make_variant(stock=9)
    order = make_order((variant, 2), state="delivered")
    url = reverse("stock_item", args=[variant.sku])
    assert reverse("order", args=[order.reference]) in client.get(url).content.decode()
    client.force_login(make_user("buyer"))
    answer = client.get(url)
    assert order.reference not in answer.content.decode()
    assert len(answer.context["rows"]) == 4


def test_ledger_comes_in_pages_when_it_is_long(client, admin):
    variant = make_variant()
    for number in range(60):
        receive_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 1)], reference=f"BR-{number}")
    first = client.get(reverse("stock_item", args=[variant.sku]))
    assert len(first.context["rows"]) == 50
    after = first.context["page"].next_cursor
    assert len(client.get(reverse("stock_item", args=[variant.sku]), {"after": after}).context["rows"]) == 10


def test_units_are_received_once_when_the_form_is_sent_twice(client, admin):
    one, two = make_variant(stock=1), make_variant()
    data = rows((one, 5), (two, 7), ("", ""), supplier="Atelier", reference="BR-1", once="token-1")
    for _time in range(2):
        assert client.post(reverse("stock_receive"), data).status_code == 302
    assert (level(one)[0], level(two)[0]) == (6, 7)


@pytest.mark.parametrize(
    "lines",
    [[], [("", 3)], [("V", "")], [("V", 0)], [("V", "-2")], [("V", "1e9")], [("V", 1), ("V", 2)], [(999_999, 1)]],
)
def test_receipt_comes_back_with_words_when_it_is_wrong(client, admin, lines):
    variant = make_variant(stock=1)
    filled = [(variant if first == "V" else first, quantity) for first, quantity in lines]
    answer = client.post(reverse("stock_receive"), rows(*filled, supplier="Gardé", once="token-2"))
    assert answer.status_code == 422
    assert "Gardé" in answer.content.decode()
    assert StockDocument.objects.count() == 1


def test_more_rows_come_without_javascript_and_what_was_typed_stays(client, admin):
    variant = make_variant(stock=1)
    answer = client.post(reverse("stock_receive"), rows((variant, 5), ("", ""), supplier="Gardé", add_rows="1"))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="Gardé"' in text
    assert 'name="lines-3-quantity"' in text
    assert 'value="5"' in text
    assert level(variant)[0] == 1


def test_bundles_are_not_offered_when_receiving(client, admin):
    bundle = make_bundle({make_variant(stock=1): 1})
    assert bundle.sku not in client.get(reverse("stock_receive")).content.decode()


def test_stock_is_adjusted_with_a_reason(client, admin):
    variant = make_variant(stock=5)
    data = rows((variant, 2), kind="damage", note="carton mouillé")
    assert client.post(reverse("stock_adjust"), data).status_code == 302
    assert level(variant)[0] == 3
    for change in ({"note": " "}, {"kind": "theft"}, {"lines-0-quantity": "9"}):
        assert client.post(reverse("stock_adjust"), data | change).status_code == 422
    assert level(variant)[0] == 3


def test_differences_are_shown_before_a_count_is_saved(client, admin):
    variant, same = make_variant(stock=10), make_variant(stock=4)
    make_order((variant, 3), state="shipped")
    counts = {f"count-{variant.pk}": "5", f"count-{same.pk}": "4"}
    preview = client.post(reverse("stock_count"), counts)
    assert {row.level.pk: row.change for row in preview.context["rows"]} == {variant.pk: -2, same.pk: 0}
    assert level(variant)[0] == 10
    seen = {f"seen-{variant.pk}": "7", f"seen-{same.pk}": "4"}
    assert client.post(reverse("stock_count"), counts | seen | {"save": "1", "note": "inventaire"}).status_code == 302
    assert level(variant) == (8, 0, 3, 0, 5)
    again = client.post(reverse("stock_count"), counts | seen | {"save": "1"})
    assert again.status_code == 409
    assert level(variant)[0] == 8


def test_count_is_refused_when_confirmed_orders_would_lose_their_units(client, admin):
    variant = make_variant(stock=10)
    make_order((variant, 6), state="confirmed")
    counts = {f"count-{variant.pk}": "5", f"seen-{variant.pk}": "10"}
    assert client.post(reverse("stock_count"), counts).context["rows"][0].breaks_promise
    assert client.post(reverse("stock_count"), counts | {"save": "1"}).status_code == 409
    assert level(variant) == (10, 6, 0, 0, 4)


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "", "9999999"])
def test_count_comes_back_with_words_when_it_is_wrong(client, admin, text):
    variant = make_variant(stock=10)
    assert client.post(reverse("stock_count"), {f"count-{variant.pk}": text}).status_code == 422


@pytest.mark.parametrize(("decision", "on_hand"), [("stock", 9), ("loss", 7)])
def test_quarantine_is_decided_on_the_item_page(client, admin, decision, on_hand):
    variant = make_variant(stock=9)
    order = make_order((variant, 2), state="returned")
    inspect_return(actor=SYSTEM, order_id=order.pk, verdicts=[Verdict(order.lines.get().pk, quarantine_qty=2)])
    url = reverse("stock_quarantine", args=[variant.pk])
    assert client.post(url, {"quantity": "3", "decision": decision}).status_code == 422
    assert client.post(url, {"quantity": "2", "decision": decision}).status_code == 302
    assert (level(variant)[0], level(variant)[3]) == (on_hand, 0)
    assert client.post(reverse("stock_quarantine", args=[0]), {"quantity": "1"}).status_code == 404


def test_levels_are_exported_without_formulas(client, admin):
    make_variant(stock=5, name="=1+1", sku="@SKU", color="-Rouge")
    make_variant(stock=7, name="Tapis")
    answer = client.get(reverse("stock_export", args=["csv"]), {"q": "rouge"})
    table = list(csv.reader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [table[1][:3], table[1][4], len(table)] == [["'@SKU", "'=1+1", "'-Rouge"], "5", 2]
    xlsx = b"".join(client.get(reverse("stock_export", args=["xlsx"])).streaming_content)
    sheet = CalamineWorkbook.from_filelike(BytesIO(xlsx)).get_sheet_by_index(0).to_python()
    assert sorted(row[1] for row in sheet[1:]) == ["=1+1", "Tapis"]
    assert client.get(reverse("stock_export", args=["pdf"])).status_code == 422


@pytest.mark.parametrize("name", ["stock", "stock_count", "stock_receive"])
def test_queries_do_not_grow_when_there_are_more_products(client, admin, name):
    def count():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(name)).status_code == 200
        return len(queries)

    for _number in range(10):
        make_variant(stock=3)
    count()
    few = count()
    for _number in range(190):
        make_variant()
    assert count() == few
    assert StockLevel.objects.count() == 200
