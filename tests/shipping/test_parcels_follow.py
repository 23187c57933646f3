import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.orders.models import OrderBilling
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.edit import edit_order
from commanda.orders.services.transition import transition_order
from commanda.shipping.models import Parcel
from commanda.shipping.services.manifest import make_manifest
from commanda.shipping.services.prepare import prepare_parcels
from commanda.shipping.services.ship import ship_orders
from tests.factories import make_order, make_variant
from tests.shipping.helpers import SYSTEM, assert_parcels_agree, make_carrier

pytestmark = pytest.mark.django_db


def move(order, to):
    transition_order(actor=SYSTEM, order_id=order.pk, to=to, reason_text="essai")


@pytest.mark.parametrize(
    ("path", "status", "is_current", "is_closed"),
    [
        (["shipped"], "shipped", True, False),
        (["shipped", "delivering"], "shipped", True, False),
        (["shipped", "delivered"], "delivered", True, True),
        (["shipped", "returned"], "returned", True, True),
        (["shipped", "delivered", "returned"], "returned", True, True),
        (["shipped", "delivered", "shipped"], "shipped", True, False),
        (["shipped", "returned", "delivered"], "delivered", True, True),
        (["shipped", "returned", "shipped"], "shipped", True, False),
        (["shipped", "returned", "confirmed"], "returned", False, True),
        (["shipped", "confirmed"], "withdrawn", False, True),
        (["cancelled"], "withdrawn", False, True),
        (["to_confirm"], "withdrawn", False, True),
        (["preparing"], "ready", True, False),
    ],
)
def test_parcel_follows_when_the_order_is_moved_by_other_means(path, status, is_current, is_closed):
    order = make_order(make_variant(stock=5), state="confirmed")
    prepare_parcels(actor=SYSTEM, order_ids=[order.pk], carrier_id=make_carrier().pk)
    for step in path:
        move(order, step)
        assert_parcels_agree()
    parcel = Parcel.objects.get(order=order)
    assert (parcel.status, parcel.is_current, parcel.closed_at is not None) == (status, is_current, is_closed)


def test_parcel_stays_when_the_order_has_none():
    order = make_order(make_variant(stock=5), state="shipped")
    move(order, "delivered")
    assert not Parcel.objects.exists()


def test_cash_is_the_new_total_when_the_order_was_edited_before_it_left():
    variant = make_variant(stock=5, price="100.00")
    order = make_order(variant, state="confirmed")
    prepare_parcels(actor=SYSTEM, order_ids=[order.pk], carrier_id=make_carrier().pk)
    edit_order(actor=SYSTEM, order_id=order.pk, lines=[LineDraft(variant.pk, 3)])
    move(order, "shipped")
    assert Parcel.objects.get().cash_amount == 300


@pytest.mark.parametrize(("method", "cash"), [("cod", 100), ("transfer", 0), ("cheque", 0)])
def test_carrier_collects_nothing_when_the_order_is_paid_otherwise(method, cash):
    order, other = (make_order(make_variant(stock=5, price="100.00"), state="confirmed") for _order in range(2))
    OrderBilling.objects.create(order=order, payment_method=method)
    carrier = make_carrier()
    prepare_parcels(actor=SYSTEM, order_ids=[order.pk, other.pk], carrier_id=carrier.pk)
    assert collected() == {order.pk: cash, other.pk: 100}
    make_manifest(actor=SYSTEM, carrier_id=carrier.pk, parcel_ids=Parcel.objects.values_list("pk", flat=True))
    assert collected() == {order.pk: cash, other.pk: 100}
    move(order, "shipped")
    assert collected() == {order.pk: cash, other.pk: 100}


def collected():
    return dict(Parcel.objects.values_list("order_id", "cash_amount"))


def test_a_second_parcel_is_made_when_a_returned_order_is_shipped_again():
    order = make_order(make_variant(stock=5), state="confirmed")
    carrier = make_carrier()
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: "A1"})
    move(order, "returned")
    move(order, "confirmed")
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: "A2"})
    assert list(Parcel.objects.order_by("pk").values_list("tracking_number", "status", "is_current")) == [
        ("A1", "returned", False),
        ("A2", "shipped", True),
    ]
    assert_parcels_agree()


def test_the_same_parcel_is_taken_up_when_the_number_comes_again():
    order = make_order(make_variant(stock=5), state="confirmed")
    carrier = make_carrier()
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: "A1"}, manifest=True)
    move(order, "confirmed")
    assert Parcel.objects.get().status == "withdrawn"
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: "a1"}, manifest=True)
    parcel = Parcel.objects.get()
    assert (parcel.status, parcel.is_current, parcel.closed_at) == ("shipped", True, None)
    assert_parcels_agree()


def test_confirming_asks_nothing_of_parcels_when_none_can_exist():
    order = make_order(make_variant(stock=5))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        move(order, "confirmed")
    assert not [query for query in queries if "shipping_parcel" in (query["sql"] or "")]
