import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.audit.models import Event
from commanda.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from commanda.shipping.models import Manifest, Parcel
from commanda.shipping.services.carriers import save_carrier
from commanda.shipping.services.manifest import make_manifest
from commanda.shipping.services.prepare import prepare_parcels, set_tracking
from commanda.shipping.services.ship import ship_orders
from tests.factories import make_actor, make_order, make_variant
from tests.shipping.helpers import SYSTEM, assert_parcels_agree, level, make_carrier, stage

pytestmark = pytest.mark.django_db


def codes(results):
    return [result.error.code if result.error else "ok" for result in results]


def test_units_are_in_transit_when_orders_are_shipped_with_a_manifest():
    variant = make_variant(stock=10, price="150.00")
    orders = [make_order((variant, 2), state="confirmed") for _ in range(3)]
    carrier = make_carrier()
    shipment = ship_orders(
        actor=make_actor("supervisor"),
        order_ids=[order.pk for order in orders],
        carrier_id=carrier.pk,
        tracking={orders[0].pk: "trk-1"},
        manifest=True,
    )
    assert codes(shipment.results) == ["ok"] * 3
    assert level(variant) == (10, 0, 6, 0, 4)
    parcels = Parcel.objects.order_by("order_id")
    assert [(p.status, p.tracking_number, p.cash_amount, p.manifest_id) for p in parcels] == [
        ("shipped", "TRK-1", 300, shipment.manifest.pk),
        ("shipped", "", 300, shipment.manifest.pk),
        ("shipped", "", 300, shipment.manifest.pk),
    ]
    assert {stage(order) for order in orders} == {"shipped"}
    assert_parcels_agree()


def test_each_order_has_its_own_result_when_some_cannot_leave():
    variant = make_variant(stock=20)
    carrier = make_carrier()
    taken = make_order(variant, state="confirmed")
    ship_orders(actor=SYSTEM, order_ids=[taken.pk], carrier_id=carrier.pk, tracking={taken.pk: "T1"})
    good, twin, thief, bad, new = (make_order(variant, state=s) for s in ["confirmed"] * 4 + ["new"])
    shipment = ship_orders(
        actor=SYSTEM,
        order_ids=[good.pk, twin.pk, thief.pk, bad.pk, new.pk, taken.pk, 999_999, good.pk],
        carrier_id=carrier.pk,
        tracking={good.pk: "X1", twin.pk: "x1 ", thief.pk: "T1", bad.pk: "=1"},
    )
    assert codes(shipment.results) == [
        "ok",
        "tracking_twice",
        "tracking_taken",
        "bad_tracking",
        "not_confirmed",
        "already_shipped",
        "not_found",
    ]
    assert Parcel.objects.count() == 2
    assert {stage(order) for order in (twin, thief, bad)} == {"confirmed"}
    assert_parcels_agree()


def test_order_without_units_keeps_its_state_and_gets_no_parcel_when_shipped():
    variant = make_variant(allows_backorder=True)
    order = make_order((variant, 2), state="confirmed")
    shipment = ship_orders(
        actor=SYSTEM, order_ids=[order.pk], carrier_id=make_carrier().pk, tracking={order.pk: "A1"}, manifest=True
    )
    assert codes(shipment.results) == ["out_of_stock"]
    assert stage(order) == "confirmed"
    assert (Parcel.objects.count(), Manifest.objects.count()) == (0, 0)


def test_prepared_parcel_is_the_one_that_leaves_when_the_order_is_shipped():
    variant = make_variant(stock=5)
    order = make_order(variant, state="confirmed")
    first, second = make_carrier(), make_carrier()
    prepare_parcels(actor=SYSTEM, order_ids=[order.pk], carrier_id=first.pk, tracking={order.pk: "A1"})
    assert level(variant) == (5, 1, 0, 0, 4)
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=first.pk)
    assert list(Parcel.objects.values_list("tracking_number", "status")) == [("A1", "shipped")]
    other = make_order(variant, state="confirmed")
    prepare_parcels(actor=SYSTEM, order_ids=[other.pk], carrier_id=first.pk, tracking={other.pk: "B1"})
    ship_orders(actor=SYSTEM, order_ids=[other.pk], carrier_id=second.pk)
    parcel = Parcel.objects.get(order=other)
    assert (parcel.carrier, parcel.tracking_number) == (second, "")


def test_number_may_repeat_when_the_carriers_differ():
    variant = make_variant(stock=5)
    for carrier in (make_carrier(), make_carrier()):
        order = make_order(variant, state="confirmed")
        results = prepare_parcels(
            actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: "SAME"}
        )
        assert codes(results) == ["ok"]


def test_shipping_is_refused_when_the_actor_may_not():
    order = make_order(make_variant(stock=5), state="confirmed")
    carrier = make_carrier()
    for role in ("agent", "buyer"):
        actor = make_actor(role)
        with pytest.raises(NotAllowed):
            ship_orders(actor=actor, order_ids=[order.pk], carrier_id=carrier.pk)
        with pytest.raises(NotAllowed):
            prepare_parcels(actor=actor, order_ids=[order.pk], carrier_id=carrier.pk)
        with pytest.raises(NotAllowed):
            set_tracking(actor=actor, order_id=order.pk, tracking_number="A1", carrier_id=carrier.pk)
        with pytest.raises(NotAllowed):
            make_manifest(actor=actor, carrier_id=carrier.pk, parcel_ids=[1])
    assert not Parcel.objects.exists()


@pytest.mark.parametrize("is_known", [True, False])
def test_shipping_is_refused_when_the_carrier_cannot_be_used(is_known):
    carrier = make_carrier(is_active=False)
    order = make_order(make_variant(stock=5), state="confirmed")
    with pytest.raises(Invalid) as caught:
        ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk if is_known else 0)
    assert caught.value.field == "carrier"


def test_statements_do_not_grow_when_more_orders_are_shipped():
    variant = make_variant(stock=100)
    carrier = make_carrier()

    def count(number):
        orders = [make_order(variant, state="confirmed") for _ in range(number)]
        prepare_parcels(actor=SYSTEM, order_ids=[orders[0].pk], carrier_id=carrier.pk)
        with CaptureQueriesContext(connection) as queries:
            ship_orders(
                actor=SYSTEM,
                order_ids=[order.pk for order in orders],
                carrier_id=carrier.pk,
                tracking={order.pk: f"N{order.pk}" for order in orders},
                manifest=True,
            )
        return len(queries)

    count(2)
    assert count(2) == count(30)


def test_number_is_changed_and_noted_when_a_parcel_is_on_the_road():
    order = make_order(make_variant(stock=5), state="confirmed")
    carrier = make_carrier()
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: "A1"})
    shipped_at = Parcel.objects.get().shipped_at
    parcel = set_tracking(actor=SYSTEM, order_id=order.pk, tracking_number="a2")
    assert (parcel.tracking_number, parcel.status, parcel.shipped_at) == ("A2", "shipped", shipped_at)
    event = Event.objects.filter(name="order.parcel", subject_id=order.pk).latest("id")
    assert event.changes == {"tracking": ["A1", "A2"]}


def test_order_shipped_elsewhere_gets_its_parcel_when_a_number_is_noted():
    order = make_order(make_variant(stock=5), state="shipped")
    with pytest.raises(Invalid):
        set_tracking(actor=SYSTEM, order_id=order.pk, tracking_number="A1")
    set_tracking(actor=SYSTEM, order_id=order.pk, tracking_number="A1", carrier_id=make_carrier().pk)
    assert_parcels_agree()


@pytest.mark.parametrize("state", ["new", "delivered", "cancelled"])
def test_number_is_refused_when_the_order_is_not_on_its_way(state):
    order = make_order(make_variant(stock=5), state=state)
    with pytest.raises(Conflict):
        set_tracking(actor=SYSTEM, order_id=order.pk, tracking_number="A1", carrier_id=make_carrier().pk)


def test_manifest_takes_only_fresh_parcels_of_one_carrier():
    variant = make_variant(stock=9)
    one, two = make_carrier(), make_carrier()
    orders = [make_order(variant, state="confirmed") for _ in range(3)]
    prepare_parcels(actor=SYSTEM, order_ids=[orders[0].pk, orders[1].pk], carrier_id=one.pk)
    prepare_parcels(actor=SYSTEM, order_ids=[orders[2].pk], carrier_id=two.pk)
    ids = list(Parcel.objects.order_by("order_id").values_list("pk", flat=True))
    for wrong in (ids, [], [999_999]):
        with pytest.raises(Invalid):
            make_manifest(actor=SYSTEM, carrier_id=one.pk, parcel_ids=wrong)
    manifest = make_manifest(actor=SYSTEM, carrier_id=one.pk, parcel_ids=ids[:2])
    assert manifest.parcels.count() == 2
    with pytest.raises(Conflict):
        make_manifest(actor=SYSTEM, carrier_id=one.pk, parcel_ids=ids[:1])


def test_carrier_is_saved_and_noted_when_an_admin_changes_it():
    admin = make_actor("admin")
    carrier = save_carrier(actor=admin, name=" Atlas Colis ", tracking_url="https://example.com/t/{tracking}")
    assert carrier.tracking_link("A1") == "https://example.com/t/A1"
    save_carrier(actor=admin, carrier_id=carrier.pk, name="Atlas Colis", is_active=False)
    event = Event.objects.filter(name="carrier.saved").latest("id")
    assert event.changes == {"tracking_url": ["https://example.com/t/{tracking}", ""], "is_active": [True, False]}


@pytest.mark.parametrize(
    "link", ["javascript:alert({tracking})", "example.com/{tracking}", "https://example.com/x", 'https://x/"{tracking}']
)
def test_carrier_is_refused_when_its_link_is_none(link):
    with pytest.raises(Invalid) as caught:
        save_carrier(actor=SYSTEM, name="Atlas", tracking_url=link)
    assert caught.value.field == "tracking_url"


def test_carrier_is_refused_when_the_name_or_the_right_is_missing():
    save_carrier(actor=SYSTEM, name="Atlas")
    with pytest.raises(Invalid):
        save_carrier(actor=SYSTEM, name=" ")
    with pytest.raises(Conflict):
        save_carrier(actor=SYSTEM, name="ATLAS")
    with pytest.raises(NotFound):
        save_carrier(actor=SYSTEM, name="Rif", carrier_id=999)
    with pytest.raises(NotAllowed):
        save_carrier(actor=make_actor("supervisor"), name="Rif")
