"""What the orders list reads: texts in the reader's language, and what stands in other tables."""

import pytest
from django.utils.translation import override

from commanda.customers.models import City
from commanda.kernel.actor import system_actor
from commanda.orders.models import Order, Reason
from commanda.shipping.models import Carrier
from commanda.shipping.services.ship import ship_orders
from commanda.web.orders.columns import COLUMNS, read_by
from commanda.web.orders.list_rows import read_all, read_page
from tests.factories import make_order, make_variant
from tests.intake.helpers import make_source, read, row, sheet

pytestmark = pytest.mark.django_db
EVERYTHING = read_by(COLUMNS.values())


def values_of(order, language="fr"):
    with override(language):
        (found,) = read_page(Order.objects.filter(pk=order.pk), EVERYTHING, None).rows
        return {slug: column.value(found) for slug, column in COLUMNS.items()}


def test_names_are_in_the_readers_language_and_in_french_where_it_has_none():
    city = City.objects.get(slug="casablanca")
    order = make_order(make_variant(), city_id=city.pk)
    reason = Reason.objects.exclude(label_ar="").filter(kind="cancel")[0]
    Order.objects.filter(pk=order.pk).update(reason=reason)
    for language, town, why in (
        ("fr", city.name_fr, reason.label_fr),
        ("ar", city.name_ar, reason.label_ar),
        ("en", city.name_fr, reason.label_en),
    ):
        told = values_of(order, language)
        assert (told["city"], told["reason"]) == (town, why)
        with override(language):
            assert told["state"] == order.state.label
    Reason.objects.filter(pk=reason.pk).update(label_ar="")
    assert values_of(order, "ar")["reason"] == reason.label_fr


def test_lines_parcel_and_source_are_those_of_the_order():
    make_variant(name="Montre Atlas", sku="ATLAS", price="199.00", stock=50)
    read(make_source("Feuille d'Agadir"), sheet(row(1), row(2, quantite="3", prix="597")))
    first, second = Order.objects.order_by("pk")
    lamp = make_variant(name="Lampe", stock=5)
    by_hand = make_order(lamp, (make_variant(name="Tapis", stock=5), 2), state="confirmed")
    carrier = Carrier.objects.create(name="Rapide")
    ship_orders(actor=system_actor("test"), order_ids=[by_hand.pk], carrier_id=carrier.pk, tracking={by_hand.pk: "T-7"})
    told = {order.pk: values_of(order) for order in (first, second, by_hand)}
    assert [told[order.pk]["source"] for order in (first, second, by_hand)] == ["Feuille d'Agadir"] * 2 + [""]
    assert [told[order.pk]["quantity"] for order in (first, second, by_hand)] == [1, 3, 3]
    assert told[by_hand.pk]["products"].startswith("1 × Lampe")
    assert (told[by_hand.pk]["carrier"], told[by_hand.pk]["tracking"]) == (carrier.name, "T-7")
    assert (told[first.pk]["carrier"], told[first.pk]["tracking"], told[first.pk]["parcel"]) == ("", "", "")


def test_files_read_in_parts_hold_every_order_once(monkeypatch):
    orders = [make_order(make_variant(name=f"Lampe {number}")) for number in range(5)]
    monkeypatch.setattr("commanda.web.orders.list_rows.AT_ONCE", 2)
    found = list(read_all(Order.objects.order_by("-id"), EVERYTHING, 4))
    assert [each["id"] for each in found] == [order.pk for order in reversed(orders)][:4]
    assert [each["lines"][0][1] for each in found] == [f"Lampe {number}" for number in (4, 3, 2, 1)]


def test_a_file_keeps_its_language_when_that_of_the_thread_changes_meanwhile(monkeypatch):
    for number in range(3):
        make_order(make_variant(name=f"Lampe {number}"))
    monkeypatch.setattr("commanda.web.orders.list_rows.AT_ONCE", 1)
    rows = read_all(Order.objects.order_by("-id"), EVERYTHING, 3)
    with override("ar"):
        first = next(rows)["state__label"]
    with override("fr"):
        assert [each["state__label"] for each in rows] == [first] * 2
