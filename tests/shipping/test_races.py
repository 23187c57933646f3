"""Two people, the same orders or the same number, at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from commanda.kernel.errors import CommandaError
from commanda.shipping.models import Manifest, Parcel
from commanda.shipping.services.deliveries import record_deliveries
from commanda.shipping.services.manifest import make_manifest
from commanda.shipping.services.ship import ship_orders
from tests.factories import make_order, make_variant
from tests.shipping.helpers import SYSTEM, assert_parcels_agree, level, make_carrier

pytestmark = pytest.mark.django_db(transaction=True)


def together(*works: Callable[[], object]) -> list[object]:
    """Do the works at one moment, each on its own connection; an expected error is a result."""
    start = Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        start.wait()
        try:
            return work()
        except CommandaError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_each_order_leaves_once_when_two_people_ship_the_same_list():
    variant, carrier = make_variant(stock=20), make_carrier()
    ids = [make_order(variant, state="confirmed").pk for _ in range(8)]

    def ship():
        return ship_orders(actor=SYSTEM, order_ids=ids, carrier_id=carrier.pk, manifest=True).shipped

    first, second = together(ship, ship)
    assert sorted([len(first), len(second)]) == [0, 8]
    assert Parcel.objects.count() == 8
    assert level(variant) == (20, 0, 8, 0, 12)
    assert_parcels_agree()


def test_a_number_goes_to_one_parcel_when_two_people_use_it():
    variant, carrier = make_variant(stock=20), make_carrier()
    orders = [make_order(variant, state="confirmed").pk for _ in range(2)]

    def ship(pk):
        return lambda: ship_orders(actor=SYSTEM, order_ids=[pk], carrier_id=carrier.pk, tracking={pk: "SAME"})

    together(*(ship(pk) for pk in orders))
    assert Parcel.objects.filter(tracking_number="SAME").count() == 1
    assert level(variant) == (20, 1, 1, 0, 18)
    assert_parcels_agree()


def test_a_parcel_ends_once_when_the_same_report_is_pasted_twice():
    variant, carrier = make_variant(stock=20), make_carrier()
    ids = [make_order(variant, state="confirmed").pk for _ in range(6)]
    ship_orders(actor=SYSTEM, order_ids=ids, carrier_id=carrier.pk, tracking={pk: f"N{pk}" for pk in ids})
    numbers = [f"N{pk}" for pk in ids]

    def record(words, outcome):
        return lambda: record_deliveries(actor=SYSTEM, numbers=words, outcome=outcome)

    results = together(record(numbers, "delivered"), record(list(reversed(numbers)), "delivered"))
    done = [line for lines in results for line in lines if line.verdict == "done"]
    assert len(done) == 6
    assert level(variant) == (14, 0, 0, 0, 14)
    assert_parcels_agree()


def test_parcels_stand_on_one_manifest_when_two_people_make_one():
    variant, carrier = make_variant(stock=20), make_carrier()
    ids = [make_order(variant, state="confirmed").pk for _ in range(4)]
    ship_orders(actor=SYSTEM, order_ids=ids, carrier_id=carrier.pk)
    parcels = list(Parcel.objects.values_list("pk", flat=True))

    def listed():
        return make_manifest(actor=SYSTEM, carrier_id=carrier.pk, parcel_ids=parcels)

    together(listed, listed)
    assert Manifest.objects.count() == 1
    assert Parcel.objects.filter(manifest=Manifest.objects.get()).count() == 4
