import pytest

from commanda.alerts.models import Alert
from commanda.customers.models import City
from commanda.orders.services.transition import transition_order
from commanda.shipping.services.carriers import save_carrier
from commanda.shipping.services.ship import ship_orders
from tests.alerts.helpers import SYSTEM, keys, look, make_rule, open_ones
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
FEW = {"orders": "4"}


def orders(variant, *states, **fields):
    return [make_order(variant, state=state, **fields) for state in states]


def test_high_returns_by_product_opens_with_enough_orders_and_closes_a_tenth_behind():
    rule = make_rule("high_returns", dimension="product", limits={"rate": "0.40", **FEW})
    variant = make_variant(stock=50)
    orders(variant, "returned", "returned", "delivered")
    look(rule)
    assert open_ones(rule) == []  # three shipped: too few to judge
    orders(variant, "delivered")
    look(rule)
    (alert,) = open_ones(rule)
    assert (alert.facts["value"], alert.facts["orders"], alert.facts["part"]) == ("0.500000", "4", "2")
    orders(variant, "delivered")  # 2 of 5: at the limit, not a tenth below it
    look(rule)
    assert open_ones(rule)[0].facts["value"] == "0.400000"
    orders(variant, "delivered")  # 2 of 6
    look(rule)
    assert open_ones(rule) == []


def test_rate_at_the_limit_opens_nothing():
    rule = make_rule("high_returns", dimension="product", limits={"rate": "0.50", **FEW})
    orders(make_variant(stock=50), "returned", "returned", "delivered", "delivered")
    look(rule)
    assert open_ones(rule) == []


def test_high_returns_are_told_by_city_carrier_and_agent():
    agent, city = make_user("agent"), City.objects.first()
    variant, carrier = make_variant(stock=50), save_carrier(actor=SYSTEM, name="Essai Colis")
    made = orders(variant, *["confirmed"] * 4, assignee_id=agent.pk, city_id=city.pk)
    ids = [order.pk for order in made]
    ship_orders(actor=SYSTEM, order_ids=ids, carrier_id=carrier.pk, tracking={pk: f"T{pk}" for pk in ids})
    for order in made[:3]:
        transition_order(actor=SYSTEM, order_id=order.pk, to="returned", reason="refused")
    found = {}
    for dimension in ("city", "carrier", "agent"):
        rule = make_rule("high_returns", dimension=dimension, limits={"rate": "0.40", **FEW})
        look(rule)
        found[dimension] = [(alert.things[dimension], alert.owner_ids) for alert in open_ones(rule)]
    assert found == {
        "city": [(city.pk, [])],
        "carrier": [(carrier.pk, [])],
        "agent": [(agent.pk, [agent.pk])],
    }


def test_nothing_is_said_of_orders_that_nobody_has():
    rule = make_rule("high_returns", dimension="agent", limits={"rate": "0.40", **FEW})
    orders(make_variant(stock=50), *["returned"] * 5)
    look(rule)
    assert open_ones(rule) == []


def test_low_delivery_opens_below_the_limit_and_closes_a_tenth_above():
    rule = make_rule("low_delivery", dimension="product", limits={"rate": "0.50", **FEW})
    variant = make_variant(stock=50)
    made = orders(variant, "delivered", "shipped", "shipped", "shipped")
    look(rule)
    assert open_ones(rule)[0].facts["value"] == "0.250000"
    transition_order(actor=SYSTEM, order_id=made[1].pk, to="delivered")  # exactly half
    look(rule)
    assert len(open_ones(rule)) == 1
    transition_order(actor=SYSTEM, order_id=made[2].pk, to="delivered")
    look(rule)
    assert open_ones(rule) == []


def test_low_confirmation_by_agent_counts_contacted_orders():
    rule = make_rule("low_confirmation", dimension="agent", limits={"rate": "0.50", **FEW})
    agent, other = make_user("agent"), make_user("agent")
    variant = make_variant(stock=50)
    orders(variant, "confirmed", "cancelled", "cancelled", "cancelled", assignee_id=agent.pk)
    orders(variant, "confirmed", "confirmed", "confirmed", "cancelled", assignee_id=other.pk)
    look(rule)
    assert keys(rule) == [f"agent:{agent.pk}"]
    assert "25,0" in Alert.objects.get().sentence
