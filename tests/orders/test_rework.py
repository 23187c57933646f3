from decimal import Decimal

import pytest

from commanda.audit.models import Event
from commanda.catalog.models import Variant
from commanda.catalog.services.offers import OfferData, save_offer
from commanda.catalog.services.products import VariantData, update_product
from commanda.kernel.actor import system_actor
from commanda.kernel.errors import Conflict, Invalid, NotAllowed
from commanda.orders.services.rework import Changes, LineChange, rework_order
from commanda.stock.models import StockLevel
from tests.factories import make_actor, make_order, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")


@pytest.fixture
def agent():
    return make_actor("agent")


@pytest.fixture
def tea():
    return make_variant(name="Théière", sku="TEA", price="199.00", stock=20)


@pytest.fixture
def order(agent, tea):
    return make_order(tea, assignee_id=agent.user_id)


def lines(order):
    rows = order.lines.order_by("id")
    return [(row.sku, row.quantity, str(row.unit_price_amount), row.is_upsell) for row in rows]


def rework(actor, order, *, remark="", added=(), offer=None, **changes):
    """`changes` are those of the first line."""
    of_line = {order.lines.order_by("id")[0].pk: LineChange(**changes)} if changes else {}
    wanted = Changes(of_line, tuple(added), offer and offer.pk)
    rework_order(actor=actor, order_id=order.pk, changes=wanted, price_remark=remark)
    order.refresh_from_db()


def offer_of(tea, price, quantity=2, **fields):
    data = OfferData(price_amount=Decimal(price), quantity=quantity, **fields)
    return save_offer(actor=SYSTEM, product_id=tea.product_id, data=data)


def test_further_units_are_upsells_when_the_quantity_is_raised(agent, order):
    rework(agent, order, quantity=3)
    assert lines(order) == [("TEA", 1, "199.00", False), ("TEA", 2, "199.00", True)]
    assert order.total_amount == 597
    rework(agent, order, quantity=2)
    assert lines(order) == [("TEA", 1, "199.00", False), ("TEA", 3, "199.00", True)]


def test_total_and_reservation_follow_when_a_confirmed_order_is_raised(agent, tea):
    order = make_order(tea, state="confirmed", assignee_id=agent.user_id)
    rework(agent, order, quantity=4)
    assert StockLevel.objects.get(pk=tea.pk).reserved == 4


def test_added_product_is_an_upsell_when_the_client_wants_it_too(agent, order):
    tray = make_variant(sku="TRAY", price="80.00")
    rework(agent, order, added=[(tray.pk, 2)])
    assert lines(order) == [("TEA", 1, "199.00", False), ("TRAY", 2, "80.00", True)]


def test_line_goes_when_its_quantity_is_zero(agent, order):
    tray = make_variant(sku="TRAY", price="80.00")
    rework(agent, order, quantity=0, added=[(tray.pk, 1)])
    assert lines(order) == [("TRAY", 1, "80.00", True)]


@pytest.mark.parametrize(("price", "after"), [("199.00", "150.00"), ("210.00", "210.00")])
def test_agreed_price_stays_when_the_other_colour_costs_the_same(agent, tea, price, after):
    update_product(
        actor=SYSTEM,
        product_id=tea.product_id,
        fields={},
        variants=[VariantData(sku="TEA-R", price_amount=Decimal(price), color="Rouge")],
    )
    red = Variant.objects.get(sku="TEA-R")
    order = make_order(tea, assignee_id=agent.user_id)
    order.lines.update(unit_price_amount=Decimal(150))
    rework(agent, order, variant_id=red.pk)
    assert lines(order) == [("TEA-R", 1, after, False)]


def test_price_follows_the_default_types_rule_when_an_agent_changes_it(agent, order):
    with pytest.raises(Invalid) as caught:
        rework(agent, order, unit_price_amount=Decimal(185))
    assert caught.value.code == "remark_needed"
    with pytest.raises(NotAllowed) as beyond:
        rework(agent, order, unit_price_amount=Decimal(150), remark="Geste")
    assert beyond.value.code == "beyond_limit"
    rework(agent, order, unit_price_amount=Decimal(185), remark="Cliente fidèle")
    assert lines(order) == [("TEA", 1, "185.00", False)]
    assert Event.objects.filter(name="order.edited", subject_id=order.pk).latest("pk").reason == "Cliente fidèle"


def test_price_is_free_when_a_supervisor_changes_it(order):
    rework(make_actor("supervisor"), order, unit_price_amount=Decimal(50))
    assert order.total_amount == 50


@pytest.mark.parametrize(("price", "quantity", "shares"), [("349", 2, ["174.50"]), ("500", 3, ["166.66", "166.68"])])
def test_units_make_the_offers_price_exactly_when_it_is_taken(agent, order, tea, price, quantity, shares):
    rework(agent, order, offer=offer_of(tea, price, quantity))
    assert order.total_amount == Decimal(price)
    assert sorted({row[2] for row in lines(order)}) == shares
    assert sum(row[1] for row in lines(order) if row[3]) == quantity - 1


def test_product_comes_at_the_offers_price_when_it_is_offered_beside(agent, order, tea):
    tray = make_variant(sku="TRAY", price="80.00")
    rework(agent, order, offer=offer_of(tea, "49", 1, kind="addition", variant_id=tray.pk))
    assert lines(order) == [("TEA", 1, "199.00", False), ("TRAY", 1, "49.00", True)]


def test_offers_price_ends_when_fewer_units_are_left(agent, order, tea):
    rework(agent, order, offer=offer_of(tea, "349"))
    first, second = order.lines.order_by("id")
    changes = Changes({second.pk: LineChange(quantity=0)})
    rework_order(actor=agent, order_id=order.pk, changes=changes)
    assert lines(order) == [("TEA", 1, "199.00", False)]
    assert first.unit_price_amount == Decimal("174.50")


def test_further_units_cost_the_usual_price_when_an_offer_was_taken(agent, order, tea):
    rework(agent, order, offer=offer_of(tea, "349"))
    rework(agent, order, quantity=3)
    order.refresh_from_db()
    assert order.total_amount == 349 + 2 * 199


def test_offer_is_refused_when_the_order_has_as_many_already(agent, tea):
    order = make_order((tea, 2), assignee_id=agent.user_id)
    with pytest.raises(Conflict) as caught:
        rework(agent, order, offer=offer_of(tea, "349"))
    assert caught.value.code == "offer_taken"


def test_offer_is_refused_when_it_is_no_longer_made(agent, order, tea):
    with pytest.raises(Conflict) as caught:
        rework(agent, order, offer=offer_of(tea, "349", is_active=False))
    assert caught.value.code == "no_offer"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"quantity": 1}, "quantity"),
        ({"price": "-1"}, "price_amount"),
        ({"kind": "addition", "quantity": 1}, "variant"),
        ({"kind": "gift"}, "kind"),
    ],
)
def test_offer_is_refused_when_it_says_nothing(tea, fields, field):
    with pytest.raises(Invalid) as caught:
        offer_of(tea, **{"price": "349", **fields})
    assert caught.value.field == field
