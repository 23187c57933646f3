import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.accounts.models import Role
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.orders.models import Order
from commanda.orders.services.transition import transition_order
from commanda.shipping.models import Parcel
from commanda.shipping.services.deliveries import record_deliveries, record_outcome
from commanda.shipping.services.ship import ship_orders
from tests.factories import make_actor, make_order, make_user, make_variant
from tests.shipping.helpers import SYSTEM, assert_parcels_agree, level, make_carrier, stage

pytestmark = pytest.mark.django_db


def shipped(variant, number, carrier, quantity=1):
    order = make_order((variant, quantity), state="confirmed")
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: number})
    return order


def verdicts(lines):
    return [(line.number, str(line.verdict)) for line in lines]


def test_every_number_gets_its_verdict_when_a_messy_list_is_pasted():
    variant, carrier = make_variant(stock=20), make_carrier()
    one, two, three = (shipped(variant, number, carrier, 2) for number in ("A1", "A2", "A3"))
    done = shipped(variant, "A4", carrier)
    record_outcome(actor=SYSTEM, order_ids=[done.pk], outcome="delivered")
    waiting = make_order(variant, state="confirmed")
    lines = record_deliveries(
        actor=make_actor("supervisor"),
        numbers=f"a1;A2 | {three.reference.lower()}\n\u200fA1, A4  ZZ-9 {waiting.reference}",
        outcome="delivered",
    )
    assert verdicts(lines) == [
        ("A1", "done"),
        ("A2", "done"),
        (three.reference, "done"),
        ("A1", "repeated"),
        ("A4", "already"),
        ("ZZ-9", "unknown"),
        (waiting.reference, "refused"),
    ]
    assert [line.reference for line in lines][:2] == [one.reference, two.reference]
    assert lines[-1].error.code == "not_shipped"
    assert level(variant) == (13, 1, 0, 0, 12)
    assert_parcels_agree()


def test_units_wait_for_inspection_when_parcels_come_back():
    variant, carrier = make_variant(stock=5), make_carrier()
    order = shipped(variant, "A1", carrier, 2)
    lines = record_deliveries(actor=SYSTEM, numbers=["A1"], outcome="returned", reason="refused")
    assert verdicts(lines) == [("A1", "done")]
    assert level(variant) == (5, 0, 2, 0, 3)
    order.refresh_from_db()
    assert (order.stage, order.reason.slug) == ("returned", "refused")
    parcel = Parcel.objects.get()
    assert (parcel.status, parcel.is_current) == ("returned", True)


def test_delivered_order_can_come_back_later_when_pasted_as_returned():
    variant, carrier = make_variant(stock=5), make_carrier()
    shipped(variant, "A1", carrier)
    record_deliveries(actor=SYSTEM, numbers="A1", outcome="delivered")
    assert level(variant) == (4, 0, 0, 0, 4)
    assert verdicts(record_deliveries(actor=SYSTEM, numbers="A1", outcome="returned")) == [("A1", "done")]
    assert level(variant) == (5, 0, 1, 0, 4)


def test_nobody_moves_orders_they_may_not_see():
    variant, carrier = make_variant(stock=5), make_carrier()
    order = shipped(variant, "A1", carrier)
    role = Role.objects.create(slug="driver", name="Driver", permissions=["orders.view", "shipping.ship"])
    user = make_user("agent")
    user.role = role
    user.save()
    lines = record_deliveries(actor=user.as_actor(), numbers=["A1", order.reference], outcome="delivered")
    assert [(str(line.verdict), line.order_id, line.reference) for line in lines] == [("unknown", None, "")] * 2
    assert stage(order) == "shipped"


def test_number_is_refused_when_two_carriers_use_it():
    variant = make_variant(stock=5)
    orders = [shipped(variant, "SAME", make_carrier()) for _ in range(2)]
    lines = record_deliveries(actor=SYSTEM, numbers=["SAME", orders[0].reference], outcome="delivered")
    assert [str(line.verdict) for line in lines] == ["refused", "done"]
    assert lines[0].error.code == "ambiguous_number"
    assert [stage(order) for order in orders] == ["delivered", "shipped"]


def test_old_number_moves_nothing_when_the_order_travels_under_a_new_one():
    variant, carrier = make_variant(stock=5), make_carrier()
    order = shipped(variant, "OLD", carrier)
    for step in ("returned", "confirmed"):
        transition_order(actor=SYSTEM, order_id=order.pk, to=step)
    ship_orders(actor=SYSTEM, order_ids=[order.pk], carrier_id=carrier.pk, tracking={order.pk: "NEW"})
    lines = record_deliveries(actor=SYSTEM, numbers="OLD", outcome="returned")
    assert lines[0].error.code == "replaced_parcel"
    assert stage(order) == "shipped"


@pytest.mark.parametrize(("role", "outcome"), [("agent", "delivered"), ("agent", "returned"), ("buyer", "delivered")])
def test_recording_is_refused_when_the_actor_may_not(role, outcome):
    order = shipped(make_variant(stock=5), "A1", make_carrier())
    with pytest.raises(NotAllowed):
        record_deliveries(actor=make_actor(role), numbers="A1", outcome=outcome)
    assert stage(order) == "shipped"


@pytest.mark.parametrize(
    "fields", [{"outcome": "lost"}, {"numbers": "  "}, {"outcome": "returned", "reason": "no_such_reason"}]
)
def test_recording_is_refused_when_the_input_is_wrong(fields):
    order = shipped(make_variant(stock=5), "A1", make_carrier())
    with pytest.raises(Invalid):
        record_deliveries(actor=SYSTEM, **{"numbers": "A1", "outcome": "delivered", **fields})
    assert stage(order) == "shipped"


def test_one_order_takes_the_same_path_when_chosen_in_a_list():
    variant, carrier = make_variant(stock=5), make_carrier()
    order = shipped(variant, "A1", carrier)
    assert record_outcome(actor=SYSTEM, order_ids=[order.pk], outcome="delivered")[0].error is None
    assert Parcel.objects.get().status == "delivered"
    again = record_outcome(actor=SYSTEM, order_ids=[order.pk, 999_999], outcome="delivered")
    assert [result.error.code for result in again] == ["already", "not_found"]


def test_statements_do_not_grow_when_more_numbers_are_pasted():
    variant, carrier = make_variant(stock=200), make_carrier()

    def count(prefix, number):
        orders = [make_order(variant, state="confirmed") for _ in range(number)]
        ids = [order.pk for order in orders]
        tracking = {pk: f"{prefix}{pk}" for pk in ids}
        ship_orders(actor=SYSTEM, order_ids=ids, carrier_id=carrier.pk, tracking=tracking)
        with CaptureQueriesContext(connection) as queries:
            record_deliveries(actor=SYSTEM, numbers=list(tracking.values()), outcome="delivered")
        assert not Order.objects.filter(pk__in=ids).exclude(stage="delivered").exists()
        return len(queries)

    count("W", 2)
    assert count("A", 2) == count("B", 60)
