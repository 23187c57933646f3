"""Lines are matched first to last; what SQL pays is what plain Python works out."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commanda.catalog.models import Variant
from commanda.finance.models import CommissionEntry
from commanda.finance.services.plan_checks import LineData
from commanda.finance.services.plans import PlanData, begin_plan, save_plan
from commanda.finance.simulation import simulate
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, time_is, today
from commanda.orders.models import Order
from commanda.orders.services.create import create_orders
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.transition import transition_orders
from commanda.stock.services.documents import StockLine, receive_stock
from tests.factories import make_user, make_variant, order_draft
from tests.finance.plan_oracle import TRIGGERS, centimes, paid

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
PRICES = ("0", "0.01", "33.33", "199", "249.99")

amounts = st.sampled_from(["0", "0.01", "2.5", "7.77", "12"]).map(Decimal)


@st.composite
def rules(draw):
    """A line about places in the lists of agents, products and variants."""
    line = {"trigger": draw(st.sampled_from(TRIGGERS)), "agent": draw(st.sampled_from([None, None, 0, 1]))}
    line["product"] = draw(st.sampled_from([None, 0, 1, 2]))
    if line["product"] is not None and draw(st.booleans()):
        line["offer_qty"] = draw(st.integers(1, 4))
        line["offer_variant"] = draw(st.sampled_from([None, 0, 1, 2]))
    if draw(st.booleans()):
        line["amount"] = draw(amounts)
    else:
        line["ratio"] = draw(st.sampled_from(["0", "0.0001", "0.015", "0.05", "1"]).map(Decimal))
    line["cap"] = draw(st.sampled_from([None, None, "0.02", "9"]))
    return line


orders = st.tuples(
    st.sampled_from([0, 1, None]),
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from(PRICES), st.booleans()), min_size=1, max_size=4
    ),
    st.sampled_from(["0", "35"]),
)


def written(line, agents, variants):
    def pick(rows, place):
        return None if place is None else rows[place]

    offer = line.get("offer_variant")
    return LineData(
        trigger=line["trigger"],
        agent_id=pick([agent.pk for agent in agents], line["agent"]),
        product_id=pick([variant.product_id for variant in variants], line["product"]),
        offer_qty=line.get("offer_qty"),
        offer_variant_id=pick([variant.pk for variant in variants], offer) if "offer_qty" in line else None,
        offer_label="Offre" if "offer_qty" in line else "",
        amount=line.get("amount"),
        ratio=line.get("ratio"),
        cap_amount=line["cap"] and Decimal(line["cap"]),
    )


def live(agents, variants, stories):
    drafts = [
        order_draft(variants[0], assignee_id=None if agent is None else agents[agent].pk)._replace(
            lines=tuple(
                LineDraft(variants[place].pk, quantity, Decimal(price), is_upsell=upsell)
                for place, quantity, price, upsell in lines
            ),
            delivery_amount=Decimal(delivery),
        )
        for agent, lines, delivery in stories
    ]
    ids = [order.pk for order in create_orders(actor=SYSTEM, drafts=drafts)]
    for state in ("confirmed", "shipped", "delivered"):
        transition_orders(actor=SYSTEM, order_ids=ids, to=state)
    return list(Order.objects.filter(pk__in=ids).prefetch_related("lines").order_by("pk"))


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(rules(), max_size=6),
    general=st.tuples(amounts, amounts, amounts),
    stories=st.lists(orders, min_size=1, max_size=4),
)
def test_earnings_are_what_plain_arithmetic_says_when_plans_and_orders_are_random(db, lines, general, stories):
    from django.db import transaction

    with transaction.atomic():
        agents = [make_user("agent"), make_user("agent")]
        variants = [make_variant() for _ in range(3)]
        receive_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 900) for variant in variants])
        data = PlanData(
            name="Essai",
            confirmed_amount=general[0],
            delivered_amount=general[1],
            upsell_amount=general[2],
            lines=[written(line, agents, variants) for line in lines],
        )
        plan = save_plan(actor=SYSTEM, data=data)
        begin_plan(actor=SYSTEM, plan_id=plan.pk, valid_from_on=today() - timedelta(days=1))
        lived = live(agents, variants, stories)
        products = dict(Variant.objects.values_list("pk", "product_id"))
        expected = {
            (order.pk, trigger): paid(data, trigger, order, products)
            for order in lived
            if order.assignee_id is not None
            for trigger in TRIGGERS
        }
        found = {(entry.order_id, entry.trigger): entry.amount for entry in CommissionEntry.objects.all()}
        assert found == {key: amount for key, amount in expected.items() if amount}
        # The same rules simulate: what the plan has paid is what it would have paid.
        rows = simulate(SYSTEM, plan, first=today(), last=today())
        assert {row.agent_id: (row.present.total, row.tried.total) for row in rows} == {
            agent.pk: (total, total)
            for agent in agents
            if (total := sum(amount for (pk, _t), amount in found.items() if _agent(lived, pk) == agent.pk))
        }
        transaction.set_rollback(True)


def _agent(lived, pk):
    return next(order.assignee_id for order in lived if order.pk == pk)


def begun(**fields):
    data = PlanData(**{"name": "Essai", "delivered_amount": Decimal(0), **fields})
    plan = save_plan(actor=SYSTEM, data=data)
    return begin_plan(actor=SYSTEM, plan_id=plan.pk, valid_from_on=today().replace(day=1) - timedelta(days=40))


def stock(count=3):
    variants = [make_variant(price="100") for _ in range(count)]
    receive_stock(actor=SYSTEM, lines=[StockLine(variant.pk, 900) for variant in variants])
    return variants


def entries(**filters):
    return [
        (entry.trigger, entry.amount, entry.line and entry.line.position, entry.units_qty)
        for entry in CommissionEntry.objects.filter(**filters).select_related("line").order_by("pk")
    ]


def test_first_line_that_fits_counts_when_a_later_one_would_pay_more():
    cup, lamp, _ = stock()
    agent = make_user("agent")
    begun(
        delivered_amount=Decimal(5),
        lines=[
            LineData("delivered", agent_id=agent.pk, product_id=cup.product_id, amount=Decimal(3)),
            LineData("delivered", product_id=cup.product_id, amount=Decimal(50)),
            LineData("delivered", product_id=lamp.product_id, amount=Decimal(8)),
        ],
    )
    live([agent], [cup, lamp], [(0, [(0, 1, "100", False)], "0"), (0, [(0, 1, "100", False), (1, 1, "9", False)], "0")])
    assert entries() == [("delivered", 3, 1, 1), ("delivered", 8, 3, 1)]


def test_line_of_nothing_pays_nothing_when_it_comes_first():
    cup, _lamp, _ = stock()
    begun(delivered_amount=Decimal(5), lines=[LineData("delivered", product_id=cup.product_id, amount=Decimal(0))])
    live([make_user("agent")], [cup], [(0, [(0, 1, "100", False)], "0")])
    assert entries() == []


def test_each_upsell_unit_is_paid_when_the_order_is_delivered():
    cup, lamp, spoon = stock()
    begun(upsell_amount=Decimal(4), lines=[LineData("upsell", product_id=lamp.product_id, ratio=Decimal("0.1"))])
    lines = [(0, 1, "100", False), (1, 2, "55.55", True), (2, 3, "10", True)]
    live([make_user("agent")], [cup, lamp, spoon], [(0, lines, "0")])
    # 10 % of 111.10 and three times 4; two lines counted, so none is named.
    assert entries() == [("upsell", Decimal("23.11"), None, 5)]


def test_cap_of_the_month_cuts_what_goes_over_it_when_many_are_delivered_at_once():
    cup, _lamp, _ = stock()
    begun(delivered_amount=Decimal(10), month_cap_amount=Decimal(25))
    agent = make_user("agent")
    live([agent], [cup], [(0, [(0, 1, "100", False)], "0")] * 4)
    assert [amount for _trigger, amount, _line, _units in entries()] == [10, 10, 5]
    live([agent], [cup], [(0, [(0, 1, "100", False)], "0")])
    assert len(entries()) == 3
    with time_is(now().replace(day=1) - timedelta(days=15)):
        live([agent], [cup], [(0, [(0, 1, "100", False)], "0")])
    assert len(entries()) == 4


def test_half_a_centime_is_rounded_up_when_a_share_does_not_come_out_even():
    cup, _lamp, _ = stock()
    begun(lines=[LineData("delivered", ratio=Decimal("0.015"))])
    live([make_user("agent")], [cup], [(0, [(0, 1, "33.67", False)], "35")])
    assert entries()[0][1] == centimes("0.50505") == Decimal("0.51")
