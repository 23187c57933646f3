"""What the database itself refuses of an order, whatever the code above it does."""

import pytest
from django.db import IntegrityError, connection

from commanda.orders.models import Order, State
from tests.factories import make_order, make_variant

pytestmark = pytest.mark.django_db


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_state_that_does_not_exist_is_refused():
    order = make_order(make_variant())
    Order.objects.filter(pk=order.pk).update(state_id=987_654)
    with pytest.raises(IntegrityError, match="order_stage_is_states_stage"):
        check_now()


def test_a_stage_that_is_not_the_states_is_refused():
    order = make_order(make_variant())
    Order.objects.filter(pk=order.pk).update(state=State.objects.get(slug="confirmed"))
    with pytest.raises(IntegrityError, match="order_stage_is_states_stage"):
        check_now()


def test_two_orders_never_share_a_reference():
    first, second = make_order(make_variant(sku="A")), make_order(make_variant(sku="B"))
    with pytest.raises(IntegrityError, match="order_reference_once"):
        Order.objects.filter(pk=second.pk).update(reference=first.reference)
