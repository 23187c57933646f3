from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from commanda.customers.models import City
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.kernel.export import csv_chunks, xlsx_file
from commanda.shipping.documents import MANIFEST_HEAD, manifest_rows
from commanda.shipping.models import Parcel
from commanda.shipping.selectors import manifest, manifests
from commanda.shipping.services.ship import ship_orders
from tests.factories import make_actor, make_order, make_variant
from tests.shipping.helpers import SYSTEM, make_carrier

pytestmark = pytest.mark.django_db


def make_one(**fields):
    variant = make_variant(stock=9, name="Théière", price="99.50")
    order = make_order((variant, 2), state="confirmed", phone_e164="+212612345678", **fields)
    shipment = ship_orders(
        actor=SYSTEM, order_ids=[order.pk], carrier_id=make_carrier().pk, tracking={order.pk: "A1"}, manifest=True
    )
    return order, shipment.manifest


def test_manifest_says_what_the_carrier_needs():
    city = City.objects.first()
    order, made = make_one(
        customer_name="Amina Exemple", city_id=city.pk, address="12, rue des Orangers", note="Après 18 h"
    )
    assert list(manifest_rows(make_actor("supervisor"), made)) == [
        (
            "A1",
            order.reference,
            "Amina Exemple",
            "0612345678",
            city.name_fr,
            "12, rue des Orangers",
            "2 × Théière",
            2,
            Parcel.objects.get().cash_amount,
            "Après 18 h",
        )
    ]


def test_no_cell_is_a_formula_when_a_client_writes_one():
    _order, made = make_one(customer_name="=1+1", address="@SUM(A1)", note="+33", city_text="-Fès")
    rows = list(manifest_rows(SYSTEM, made))
    sheet = CalamineWorkbook.from_filelike(BytesIO(xlsx_file(MANIFEST_HEAD, rows).read())).get_sheet_by_index(0)
    cells = sheet.to_python()[1]
    assert [cells[2], cells[4], cells[5], cells[9]] == ["=1+1", "-Fès", "@SUM(A1)", "+33"]
    text = b"".join(csv_chunks(MANIFEST_HEAD, rows)).decode("utf-8-sig")
    assert all(f"'{cell}" in text for cell in ("=1+1", "-Fès", "@SUM(A1)", "+33"))


def test_clients_are_left_out_when_the_actor_may_not_see_them():
    _order, made = make_one(customer_name="Amina Exemple", address="12, rue des Orangers")
    packer = Actor(
        user_id=make_actor("agent").user_id, name="x", permissions=frozenset({"orders.view_all", "shipping.ship"})
    )
    row = next(manifest_rows(packer, made))
    assert (row[2], row[3], row[5]) == ("", "", "")


def test_manifest_is_unknown_when_none_of_its_orders_is_visible():
    _order, made = make_one()
    stranger = make_actor("agent")
    assert not manifests(stranger).exists()
    with pytest.raises(NotFound):
        manifest(stranger, made.pk)
    seen = manifest(make_actor("supervisor"), made.pk)
    assert (seen.parcel_count, seen.cash_total) == (1, 199)
