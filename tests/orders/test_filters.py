"""Every filter of the list finds what it names and leaves out the rest."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils.timezone import localdate

from commanda.customers.services.edit import block_customer
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is
from commanda.orders.filters import OrderFilters
from commanda.orders.models import Order
from commanda.orders.selectors import find_orders
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def found(**filters):
    return set(find_orders(SYSTEM, OrderFilters(**filters)).values_list("pk", flat=True))


def test_each_filter_finds_only_what_it_names():
    agent = make_user("agent")
    tea, rug = (
        make_variant(stock=9, name="Théière", price=Decimal(120)),
        make_variant(stock=9, name="Tapis", price=Decimal(900)),
    )
    with time_is(now() - timedelta(days=10)):
        old = make_order(rug, platform="tiktok", campaign="hiver", channel="api", tags=("vip", "gros"), note="à midi")
    fresh = make_order((tea, 2), state="confirmed", assignee_id=agent.pk, phone_e164="+212612990088")
    wanted = {
        "product": tea.product_id, "variant": tea.pk, "stage": "confirmed", "state": "confirmed",
        "agent": str(agent.pk),
        "payment": "expected", "total_to": Decimal(240), "period": "today", "created_from": localdate(),
        "confirmed_from": localdate(), "phone_e164": "+212612990088", "sku": tea.sku,
    }  # fmt: skip
    for name, value in wanted.items():
        assert found(**{name: value}) == {fresh.pk}, name
    others = {
        "platform": "tiktok", "campaign": "hiver", "channel": "api", "tag": "vip, gros", "noted": True, "agent": "none",
        "total_from": Decimal(900), "created_to": localdate() - timedelta(days=9), "stage": "new",
    }  # fmt: skip
    for name, value in others.items():
        assert found(**{name: value}) == {old.pk}, name
    assert found(payment="collected") == found(upsell=True) == found(tag="vip, absent") == set()


def test_queue_filters_find_by_attempts_and_call_backs():
    variant = make_variant()
    tried, promised, untouched = make_order(variant), make_order(variant), make_order(variant)
    tried.queue_entry.attempts = 3
    tried.queue_entry.save()
    promised.queue_entry.is_callback, promised.queue_entry.due_at = True, now() + timedelta(hours=1)
    promised.queue_entry.save()
    assert found(attempts_from=2) == {tried.pk}
    assert found(attempts_to=0) == {promised.pk, untouched.pk}
    assert found(callback="promised") == {promised.pk}
    assert found(callback="overdue") == set()
    with time_is(now() + timedelta(hours=2)):
        assert found(callback="overdue") == {promised.pk}


def test_blocked_clients_and_duplicates_are_found():
    variant = make_variant()
    first = make_order(variant, phone_e164="+212612000011")
    twin = make_order(variant, phone_e164="+212612000011")
    make_order(variant)
    assert found(duplicates=True) == {twin.pk}
    block_customer(actor=make_user("admin").as_actor(), customer_id=first.customer_id, is_blocked=True, reason="non")
    assert found(blocked=True) == {first.pk, twin.pk}


@pytest.mark.parametrize("typed", ["0612 34 56 78", "+212612345678", "612345678", "06123", "345678", "45678"])
def test_a_phone_is_found_whole_from_its_start_and_from_its_end(typed):
    variant = make_variant()
    wanted = make_order(variant, phone_e164="+212612345678")
    make_order(variant, phone_e164="+212699000000")
    assert found(q=typed) == {wanted.pk}


def test_a_word_finds_clients_and_products_together():
    tea = make_variant(name="Bennani thé")
    by_product, by_name = (
        make_order(tea, customer_name="Autre"),
        make_order(make_variant(), customer_name="Amina Bennani"),
    )
    make_order(make_variant(), customer_name="Personne")
    assert found(q="bennani") == {by_product.pk, by_name.pk}
    assert Order.objects.count() == 3
