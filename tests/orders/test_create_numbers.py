"""Order numbers: drawn in the order in which the orders were given, with each store's own prefix."""

import pytest

from commanda.kernel.actor import system_actor
from commanda.orders.models import Store
from commanda.orders.services.create import create_orders
from tests.factories import make_variant, order_draft

pytestmark = pytest.mark.django_db


def test_numbers_rise_in_the_order_given_when_many_orders_of_two_stores_are_made():
    variant = make_variant()
    stores = [Store.objects.get(), Store.objects.create(name="Deuxième", prefix="DX")]
    drafts = [order_draft(variant, store_id=stores[number % 2].pk) for number in range(300)]
    orders = create_orders(actor=system_actor("test"), drafts=drafts)
    first = orders[0].pk
    assert [order.pk for order in orders] == list(range(first, first + 300))
    assert [order.phone_e164 for order in orders] == [draft.phone_e164 for draft in drafts]
    assert [order.reference for order in orders[:2]] == [f"CM-{first:06d}", f"DX-{first + 1:06d}"]
