from datetime import timedelta
from decimal import Decimal

import pytest

from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.finance.services.costs import set_product_cost
from commanda.finance.services.plans import save_commission_plan
from commanda.insights.boards import (
    ad_course,
    ad_groups,
    ad_results,
    agent_results,
    on_the_road,
    platform_results,
    product_results,
    states_of_period,
)
from commanda.insights.compute import figures
from commanda.insights.goods import products_to_sell
from commanda.insights.kpis import View
from commanda.insights.periods import last_days
from commanda.insights.product_account import product_account
from commanda.insights.shares import share_out
from commanda.kernel.actor import system_actor
from commanda.kernel.clock import now, today
from commanda.kernel.errors import NotAllowed, NotFound
from tests.factories import make_actor, make_bundle, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
WEEK = last_days(7)


def spend(buyer, variant, amount, slug="facebook"):
    enter_spend(
        actor=buyer,
        product_id=variant.product_id,
        platform_id=Platform.objects.get(slug=slug).pk,
        spent_on=today(),
        amount=Decimal(amount),
    )


def test_products_come_by_profit_when_the_actor_sees_it():
    poor, rich = make_variant(stock=9, price="50"), make_variant(stock=9, price="500")
    for variant in (poor, poor, rich):
        make_order(variant, state="delivered")
    assert [row.product.pk for row in product_results(SYSTEM, WEEK)] == [rich.product_id, poor.product_id]
    supervisor = product_results(make_actor("supervisor"), WEEK)
    assert [row.product.pk for row in supervisor] == [poor.product_id, rich.product_id]
    assert "profit" not in supervisor[0].figures


def test_every_agent_is_on_the_board_when_some_have_no_orders():
    busy, idle, gone = make_user("agent"), make_user("agent"), make_user("agent")
    for agent in (busy, gone):
        make_order(make_variant(stock=9), state="confirmed", assignee_id=agent.pk)
    gone.is_active = False
    gone.save()
    rows = {row.agent.pk: row for row in agent_results(SYSTEM, WEEK, ("leads", "confirmed", "confirmation_rate"))}
    assert rows[busy.pk].figures["confirmed"] == 1
    assert dict(rows[idle.pk].figures) == {"leads": 0, "confirmed": 0, "confirmation_rate": None}
    assert rows[gone.pk].live is None
    assert rows[gone.pk].figures["leads"] == 1


def test_platforms_stand_beside_orders_without_ads_when_some_came_by_themselves():
    variant = make_variant(stock=9)
    spend(make_actor("buyer"), variant, "80")
    make_order(variant, platform="facebook")
    make_order(variant)
    rows = platform_results(SYSTEM, WEEK, ("ad_spend", "leads", "cost_per_lead"))
    assert [(row.slug, row.figures["leads"], row.figures["cost_per_lead"]) for row in rows] == [
        ("facebook", 1, 80),
        ("", 1, 0),
    ]


def test_results_list_what_the_buyer_spent_on_when_others_spent_too():
    buyer, other = make_actor("buyer"), make_actor("buyer")
    lamp, cup = make_variant(stock=9), make_variant(stock=9)
    spend(buyer, lamp, "60")
    spend(buyer, cup, "10", "tiktok")
    spend(other, cup, "99")
    rows = ad_results(buyer, ad_groups(buyer, WEEK))
    assert [(row.product.pk, row.platform.slug) for row in rows] == [
        (lamp.product_id, "facebook"),
        (cup.product_id, "tiktok"),
    ]
    supervisor = make_actor("supervisor")
    assert ad_results(supervisor, ad_groups(supervisor, WEEK)) == []


def test_each_period_of_the_ads_counts_its_own_products_when_compared():
    buyer, variant = make_actor("buyer"), make_variant(stock=9)
    spend(buyer, variant, "50")
    make_order(variant, platform="facebook")
    make_order(variant, platform="facebook", created_at=now() - timedelta(days=8))
    course = ad_course(buyer, WEEK, ad_groups(buyer, WEEK), ("ad_spend", "leads"))
    assert (course.now["leads"], course.before["leads"]) == (1, 0)
    assert list(course.days) == list(WEEK)
    assert course.days[today()]["ad_spend"] == 50


@pytest.mark.parametrize("sees_all", [False, True])
def test_the_ads_course_is_what_the_figures_say_when_orders_have_several_advertised_products(sees_all):
    buyer, admin = make_actor("buyer"), make_actor("admin")
    lamp, cup = make_variant(stock=9), make_variant(stock=9)
    for variant in (lamp, cup):
        spend(buyer, variant, "30")
        make_order(variant, platform="facebook")
    make_order((lamp, 1), (cup, 2), platform="facebook")
    actor = admin if sees_all else buyer
    course = ad_course(actor, WEEK, ad_groups(actor, WEEK), ("ad_spend", "leads", "cost_per_lead", "roas"))
    alone = figures(actor, WEEK, kpis=("ad_spend", "leads", "cost_per_lead", "roas"), view=View.ADS)
    assert dict(course.now) == dict(alone)
    assert course.now["leads"] == (3 if sees_all else 4)


def test_cash_on_the_road_is_that_of_shipped_orders_when_asked():
    variant = make_variant(stock=9)
    for state in ("confirmed", "shipped", "shipped", "delivered"):
        make_order(variant, state=state)
    road = on_the_road(SYSTEM)
    assert (road.qty, road.amount) == (2, 398)
    assert on_the_road(make_actor("buyer")).qty == 0


def test_states_count_what_the_actor_may_see_when_asked_for_a_period():
    agent = make_user("agent")
    variant = make_variant(stock=9)
    make_order(variant, assignee_id=agent.pk)
    make_order(variant, state="confirmed")
    make_order(variant, created_at=now() - timedelta(days=30))
    assert states_of_period(SYSTEM, WEEK) == {"new": 1, "confirmed": 1}
    assert states_of_period(agent.as_actor(), WEEK) == {"new": 1}


def test_ads_should_pause_when_a_product_is_low_or_lasts_only_days():
    plenty = make_variant(stock=500, low_stock_qty=5)
    low = make_variant(stock=4, low_stock_qty=5)
    out = make_variant(low_stock_qty=0)
    fast = make_variant(stock=30, low_stock_qty=1)
    later = make_variant(allows_backorder=True, low_stock_qty=5)
    bundle = make_bundle({plenty: 2})
    for _ in range(20):
        make_order(fast, state="shipped")
    rows = {row.product.pk: row for row in products_to_sell(make_actor("buyer"))}
    flags = {pk: row.is_low for pk, row in rows.items()}
    assert flags == {
        plenty.product_id: False,
        low.product_id: True,
        out.product_id: True,
        fast.product_id: False,
        later.product_id: False,
        bundle.product_id: False,
    }
    assert (rows[out.product_id].is_out, rows[bundle.product_id].units.available) == (True, 250)
    assert (rows[fast.product_id].left_qty, rows[fast.product_id].days) == (20, 7)
    for _ in range(5):
        make_order(fast, state="shipped")
    assert {row.product.pk: row for row in products_to_sell(SYSTEM)}[fast.product_id].is_low
    assert products_to_sell(SYSTEM)[0].is_low


def test_account_takes_each_sum_apart_when_a_product_was_sold():
    agent, buyer = make_user("agent"), make_actor("buyer")
    variant = make_variant(stock=9)
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())
    set_product_cost(actor=SYSTEM, variant_id=variant.pk, amount=Decimal(40), valid_from_on=today())
    spend(buyer, variant, "30")
    make_order((variant, 2), state="delivered", assignee_id=agent.pk, platform="facebook")
    account = product_account(SYSTEM, variant.product_id, WEEK)
    assert account.figures["profit"] == 398 - 80 - 10 - 30
    (goods,), (platform,), (person,) = account.variants, account.platforms, account.agents
    assert (goods.thing, goods.figures["sold_units"], goods.figures["cogs"]) == (variant, 2, 80)
    assert (platform.key, platform.figures["ad_spend"], platform.figures["revenue"]) == ("facebook", 30, 398)
    assert (person.thing, person.figures["commission"]) == (agent, 10)


def test_account_is_closed_when_the_actor_may_not_see_profit():
    with pytest.raises(NotAllowed):
        product_account(make_actor("supervisor"), make_variant().product_id, WEEK)
    with pytest.raises(NotFound):
        product_account(SYSTEM, 0, WEEK)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        ("100", ["1", "1", "1"], ["33.33", "33.34", "33.33"]),
        ("0.01", ["1", "1", "1"], ["0", "0.01", "0"]),
        ("10", ["0", "5"], ["0", "10"]),
        ("-10", ["1", "3"], ["-2.5", "-7.5"]),
        ("10", ["0", "0"], None),
        ("10", [], None),
    ],
)
def test_parts_add_up_when_an_amount_is_shared_out(amount, weights, parts):
    found = share_out(Decimal(amount), [Decimal(weight) for weight in weights])
    assert found == (parts and [Decimal(part) for part in parts])
