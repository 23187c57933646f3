"""Targets of ads worked out from the books."""

from decimal import Decimal

import pytest

from commanda.ads.selectors import targets_on
from commanda.finance.services.costs import set_product_cost
from commanda.insights.services.derive_targets import LEAST_AMOUNT, LEAST_DELIVERED, derive_targets
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import today
from commanda.kernel.errors import NotAllowed
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


def sell(cost, deliveries, leads=0):
    variant = make_variant(stock=100)
    set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=Decimal(cost), valid_from_on=today())
    orders = [make_order(variant, state="delivered") for _number in range(deliveries)]
    for _number in range(leads):
        make_order(variant, state="cancelled")
    return variant.product_id, orders[0].total_amount


def test_targets_are_the_break_even_when_enough_was_delivered():
    product, price = sell(10, LEAST_DELIVERED, leads=LEAST_DELIVERED)
    assert derive_targets(actor=make_actor("admin")) == 1
    found = targets_on(make_actor("buyer"))[product]
    assert found.delivered.amount == price - 10
    assert found.lead.amount == (price - 10) / 2
    assert found.lead.is_derived
    assert found.delivered.is_derived


def test_a_product_that_loses_money_may_take_nothing_of_ads():
    product, price = sell(100_000, LEAST_DELIVERED)
    derive_targets(actor=make_actor("admin"))
    assert targets_on(make_actor("buyer"))[product].lead.amount == LEAST_AMOUNT
    assert price < 100_000


def test_nothing_is_set_when_too_little_was_delivered():
    sell(10, LEAST_DELIVERED - 1)
    assert derive_targets(actor=make_actor("admin")) == 0


@pytest.mark.parametrize("role", ["supervisor", "agent", "buyer"])
def test_others_are_refused_when_they_may_not_see_costs(role):
    with pytest.raises(NotAllowed):
        derive_targets(actor=make_actor(role))
