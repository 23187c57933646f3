from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from commanda.orders.services.create import create_orders
from commanda.orders.services.transition import transition_orders
from commanda.privacy.models import Access
from commanda.shipping.models import Carrier, Manifest, Parcel
from commanda.shipping.services.ship import ship_orders
from tests.factories import make_order, make_user, make_variant, order_draft
from tests.shipping.helpers import SYSTEM, level, make_carrier, stage

pytestmark = pytest.mark.django_db

PAGES = ["shipping", "shipping_sent", "shipping_returns", "shipping_manifests", "shipping_record", "shipping_carriers"]


def on_the_road(variant, carrier, number="", quantity=1, **fields):
    order = make_order((variant, quantity), state="confirmed", **fields)
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: number}, manifest=True)
    return order


@pytest.mark.parametrize("name", PAGES)
def test_page_says_what_to_do_when_there_is_nothing(client, admin, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    if name != "shipping_record":
        assert 'class="empty' in answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["agent", "buyer"])
def test_desk_is_closed_when_the_person_does_not_ship(client, name, role):
    client.force_login(make_user(role))
    assert client.get(reverse(name)).status_code == 403


def test_supervisor_ships_but_does_not_manage_carriers(client, supervisor):
    assert [client.get(reverse(name)).status_code for name in PAGES] == [200] * 5 + [403]
    assert client.post(reverse("shipping_carrier_new"), {"name": "Rif"}).status_code == 403
    assert not Carrier.objects.exists()


def test_actions_are_closed_when_the_person_does_not_ship(client):
    carrier = make_carrier()
    order = make_order(make_variant(stock=3), state="confirmed")
    client.force_login(make_user("agent"))
    data = {"ids": [order.pk], "carrier": carrier.pk, "action": "ship"}
    for name, args in (("shipping_send", []), ("shipping_change", []), ("shipping_inspect", [order.pk])):
        assert client.post(reverse(name, args=args), data).status_code == 403
    assert client.post(reverse("shipping_tracking", args=[order.pk]), data).status_code == 403
    assert client.post(reverse("shipping_record"), {"numbers": "x", "outcome": "delivered"}).status_code == 403
    assert stage(order) == "confirmed"


def test_chosen_orders_leave_when_handed_over(client, supervisor):
    variant, carrier = make_variant(stock=9), make_carrier()
    first, second, other = (make_order(variant, state="confirmed") for _ in range(3))
    answer = client.post(
        reverse("shipping_send"),
        {
            "ids": [first.pk, second.pk],
            "carrier": carrier.pk,
            "manifest": "on",
            "action": "ship",
            f"tracking-{first.pk}": "t-1",
            "pasted": f"{second.reference} t-2",
        },
    )
    assert answer.status_code == 200
    assert level(variant) == (9, 1, 2, 0, 6)
    assert list(Parcel.objects.order_by("order_id").values_list("tracking_number", flat=True)) == ["T-1", "T-2"]
    assert Manifest.objects.get().number in answer.content.decode()
    assert stage(other) == "confirmed"


def test_bare_numbers_go_to_the_chosen_orders_in_their_order(client, supervisor):
    variant, carrier = make_variant(stock=9), make_carrier()
    orders = [make_order(variant, state="confirmed") for _ in range(2)]
    data = {"ids": [order.pk for order in orders], "carrier": carrier.pk, "pasted": "B1\nB2", "action": "prepare"}
    assert client.post(reverse("shipping_send"), data).status_code == 200
    assert dict(Parcel.objects.values_list("order_id", "tracking_number")) == {
        orders[0].pk: "B1",
        orders[1].pk: "B2",
    }
    assert {stage(order) for order in orders} == {"confirmed"}
    assert not Manifest.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"ids": []},
        {"carrier": ""},
        {"carrier": "999999"},
        {"pasted": "A1\nA2"},
        {"pasted": "CM-999999 A1"},
        {"pasted": "a b c"},
        {"ids": ["99999999999999999999", "x"]},
    ],
)
def test_form_comes_back_with_words_when_something_is_wrong(client, supervisor, change):
    order = make_order(make_variant(stock=9), state="confirmed")
    data = {"ids": [order.pk], "carrier": make_carrier().pk, "action": "ship", f"tracking-{order.pk}": "KEPT-1"}
    answer = client.post(reverse("shipping_send"), data | change)
    assert answer.status_code == 422
    assert "KEPT-1" in answer.content.decode()
    assert answer.context["form"].errors
    assert stage(order) == "confirmed"


def test_refused_orders_are_named_when_others_leave(client, supervisor):
    variant, carrier = make_variant(stock=9), make_carrier()
    on_the_road(variant, carrier, "TAKEN")
    good, bad = (make_order(variant, state="confirmed") for _ in range(2))
    data = {"ids": [good.pk, bad.pk], "carrier": carrier.pk, "action": "ship", f"tracking-{bad.pk}": "TAKEN"}
    answer = client.post(reverse("shipping_send"), data)
    assert [row.reference for row in answer.context["refused"]] == [bad.reference]
    assert (stage(good), stage(bad)) == ("shipped", "confirmed")


def test_last_carrier_is_suggested(client, supervisor):
    make_carrier(name="Aaa")
    used = make_carrier(name="Zzz")
    variant = make_variant(stock=9)
    on_the_road(variant, used)
    make_order(variant, state="confirmed")
    assert client.get(reverse("shipping")).context["form"]["carrier"].value() == used.pk


def test_list_is_searched_by_reference_name_phone_and_number(client, supervisor):
    variant, carrier = make_variant(stock=9), make_carrier()
    mine = on_the_road(variant, carrier, "FIND-1", customer_name="Amina Essai", phone_e164="+212699887766")
    on_the_road(variant, carrier, "OTHER-2", customer_name="Omar Exemple")
    for text in (mine.reference, "amina", "06 99 88 77 66", "find-1"):
        answer = client.get(reverse("shipping_sent"), {"q": text})
        assert [order.pk for order in answer.context["page"]] == [mine.pk], text
    by_carrier = client.get(reverse("shipping_sent"), {"carrier": make_carrier().pk})
    assert not by_carrier.context["page"].rows


@pytest.mark.parametrize(("action", "expected"), [("delivered", (8, 0, 0, 0, 8)), ("returned", (9, 0, 1, 0, 8))])
def test_chosen_orders_end_when_the_carrier_says_so(client, supervisor, action, expected):
    variant = make_variant(stock=9)
    order = on_the_road(variant, make_carrier(), "A1")
    answer = client.post(reverse("shipping_change"), {"ids": [order.pk], "action": action, "reason": "absent"})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert order.stage == action
    assert (order.reason.slug if order.reason else "") == ("absent" if action == "returned" else "")
    assert level(variant) == expected


def test_problem_is_noted_and_filtered(client, supervisor):
    variant = make_variant(stock=9)
    order = on_the_road(variant, make_carrier(), "A1")
    on_the_road(variant, make_carrier(), "A2")
    client.post(reverse("shipping_change"), {"ids": [order.pk], "action": "move", "to": "delivery_problem"})
    answer = client.get(reverse("shipping_sent"), {"state": "delivery_problem"})
    assert [row.pk for row in answer.context["page"]] == [order.pk]


def test_change_stays_on_the_road_when_asked_for_another_stage(client, supervisor):
    order = on_the_road(make_variant(stock=9), make_carrier(), "A1")
    for data in ({"action": "move", "to": "cancelled"}, {"action": "burn"}, {"action": "move"}):
        assert client.post(reverse("shipping_change"), {"ids": [order.pk], **data}).status_code == 422
    assert stage(order) == "shipped"


def test_pasted_list_shows_a_result_for_each_number(client, supervisor):
    variant, carrier = make_variant(stock=9), make_carrier()
    order = on_the_road(variant, carrier, "A1", 2)
    data = {"outcome": "delivered", "numbers": f"A1\nA1 {order.reference} NOPE <b>x</b>"}
    answer = client.post(reverse("shipping_record"), data)
    assert [str(row[0].verdict) for row in answer.context["lines"]] == [
        "done",
        "repeated",
        "repeated",
        "unknown",
        "unknown",
    ]
    assert "<b>x" not in answer.content.decode().lower()
    assert level(variant) == (7, 0, 0, 0, 7)
    assert client.post(reverse("shipping_record"), {"outcome": "delivered", "numbers": " "}).status_code == 422


def test_number_is_noted_on_its_page(client, supervisor):
    order = on_the_road(make_variant(stock=9), make_carrier(), "A1")
    url = reverse("shipping_tracking", args=[order.pk])
    assert client.get(url).status_code == 200
    parcel = Parcel.objects.get()
    assert client.post(url, {"carrier": parcel.carrier_id, "tracking_number": "=1"}).status_code == 422
    assert client.post(url, {"carrier": parcel.carrier_id, "tracking_number": "b7"}).status_code == 302
    parcel.refresh_from_db()
    assert parcel.tracking_number == "B7"
    assert client.get(reverse("shipping_tracking", args=[999_999])).status_code == 404


def test_everything_is_back_on_the_shelf_with_one_button(client, supervisor):
    variant = make_variant(stock=9)
    order = make_order((variant, 3), state="returned")
    assert level(variant)[2] == 3
    answer = client.post(reverse("shipping_inspect", args=[order.pk]), {"all_back": "1"})
    assert answer.status_code == 302
    assert level(variant) == (9, 0, 0, 0, 9)
    assert not client.get(reverse("shipping_returns")).context["cards"]


def test_units_are_shared_out_and_the_rest_waits(client, supervisor):
    variant = make_variant(stock=9)
    order = make_order((variant, 4), state="returned")
    line = order.lines.get()
    data = {f"back-{line.pk}": "1", f"quarantine-{line.pk}": "1", f"lost-{line.pk}": "1", "note": "boîte ouverte"}
    client.post(reverse("shipping_inspect", args=[order.pk]), data)
    assert level(variant) == (7, 0, 1, 1, 6)
    assert [card[0].pk for card in client.get(reverse("shipping_returns")).context["cards"]] == [order.pk]


@pytest.mark.parametrize("values", [("9", "0", "0"), ("-1", "", ""), ("x", "", ""), ("", "", ""), ("1e3", "", "")])
def test_inspection_comes_back_with_words_when_it_is_wrong(client, supervisor, values):
    variant = make_variant(stock=9)
    order = make_order((variant, 2), state="returned")
    line = order.lines.get()
    data = {f"{name}-{line.pk}": value for name, value in zip(("back", "quarantine", "lost"), values, strict=True)}
    answer = client.post(reverse("shipping_inspect", args=[order.pk]), data)
    assert answer.status_code == 422
    assert 'class="alert alert-danger' in answer.content.decode()
    assert level(variant)[2] == 2


def test_inspection_is_refused_when_the_order_has_not_come_back(client, supervisor):
    order = make_order(make_variant(stock=9), state="shipped")
    assert client.post(reverse("shipping_inspect", args=[order.pk]), {"all_back": "1"}).status_code == 404


def test_manifest_is_read_printed_and_kept(client, supervisor):
    order = on_the_road(
        make_variant(stock=9, name="=Tapis"), make_carrier(), "A1", customer_name="=HYPERLINK(1)", address="@a"
    )
    manifest = Manifest.objects.get()
    assert order.reference in client.get(reverse("shipping_manifest", args=[manifest.pk])).content.decode()
    paper = client.get(reverse("shipping_manifest_print", args=[manifest.pk])).content.decode()
    assert order.reference in paper
    assert "0" + order.phone_e164[4:] in paper
    assert 'class="sidebar' not in paper
    xlsx = client.get(reverse("shipping_manifest_file", args=[manifest.pk, "xlsx"]))
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(xlsx.streaming_content)))
    row = book.get_sheet_by_index(0).to_python()[1]
    assert (row[0], row[2], row[5], row[6]) == ("A1", "=HYPERLINK(1)", "@a", "1 × =Tapis")
    text = b"".join(client.get(reverse("shipping_manifest_file", args=[manifest.pk, "csv"])).streaming_content).decode()
    assert "'=HYPERLINK(1)" in text
    noted = Access.objects.filter(kind="exported").values_list("customer_ids", flat=True)
    assert list(noted) == [[order.customer_id]] * 3  # what left the house: paper and two files
    assert client.get(reverse("shipping_manifest_file", args=[manifest.pk, "exe"])).status_code == 422
    assert client.get(reverse("shipping_manifest", args=[999_999])).status_code == 404


def test_manifest_is_made_of_chosen_parcels(client, supervisor):
    variant, carrier = make_variant(stock=9), make_carrier()
    orders = [make_order(variant, state="confirmed") for _ in range(2)]
    ship_orders(actor=SYSTEM, order_ids=[order.pk for order in orders], carrier_id=carrier.pk)
    data = {"ids": [order.pk for order in orders], "action": "manifest"}
    answer = client.post(reverse("shipping_change"), data)
    assert answer["Location"] == reverse("shipping_manifest", args=[Manifest.objects.get().pk])
    assert client.post(reverse("shipping_change"), data).status_code == 409


def test_carrier_is_made_and_changed_by_an_admin(client, admin):
    data = {"name": "Atlas", "phone": "0522", "tracking_url": "https://example.com/{tracking}", "is_active": "on"}
    assert client.post(reverse("shipping_carrier_new"), data).status_code == 302
    carrier = Carrier.objects.get()
    url = reverse("shipping_carrier", args=[carrier.pk])
    assert client.post(url, data | {"tracking_url": "javascript:1"}).status_code == 422
    assert client.post(url, {"name": "Atlas 2"}).status_code == 302
    carrier.refresh_from_db()
    assert (carrier.name, carrier.is_active) == ("Atlas 2", False)


@pytest.mark.parametrize("name", ["shipping", "shipping_sent", "shipping_returns", "shipping_manifests"])
def test_queries_do_not_grow_when_the_list_is_long(client, admin, name):
    variant, carrier = make_variant(stock=1000), make_carrier()

    def make(number):
        orders = create_orders(actor=SYSTEM, drafts=[order_draft(variant) for _ in range(number)])
        ids = [order.pk for order in orders]
        transition_orders(actor=SYSTEM, order_ids=ids, to="confirmed")
        return ids

    def fill(number):
        make(number)
        for _ in range(number if name == "shipping_manifests" else 1):
            ids = make(1 if name == "shipping_manifests" else number)
            ship_orders(actor=SYSTEM, order_ids=ids, carrier_id=carrier.pk, manifest=True)
        ids = make(number)
        for state in ("shipped", "returned"):
            transition_orders(actor=SYSTEM, order_ids=ids, to=state)

    def count():
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse(name))
        assert answer.status_code == 200
        return len(queries)

    fill(10)
    count()
    few = count()
    fill(190 if name != "shipping_manifests" else 40)
    assert count() == few
