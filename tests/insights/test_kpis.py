"""What each KPI is, where `truth.py` is too random to show it, and who may see it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commanda.accounts.permissions import Perm
from commanda.ads.models import Platform
from commanda.ads.services.spend import enter_spend
from commanda.finance.services.costs import set_product_cost
from commanda.finance.services.expenses import add_expense
from commanda.finance.services.plans import save_commission_plan
from commanda.insights.boards import Compared
from commanda.insights.compute import figures, grouped
from commanda.insights.kpis import KPIS, Audience, View, kpis_for
from commanda.insights.measures import Dimension
from commanda.insights.periods import last_days
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor, system_actor
from commanda.kernel.clock import now, time_is, today
from commanda.kernel.visibility import FieldClass, may_see
from commanda.orders.services.drafts import LineDraft
from commanda.orders.services.edit import edit_order
from commanda.orders.services.transition import transition_order
from tests.factories import make_actor, make_order, make_user, make_variant

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("test")
WEEK = last_days(7)
COSTS = {slug for slug, kpi in KPIS.items() if kpi.audience is Audience.COST}
ADS = {slug for slug, kpi in KPIS.items() if kpi.audience is Audience.ADS}
AMOUNTS = {slug for slug, kpi in KPIS.items() if kpi.audience is Audience.AMOUNTS}
COUNTS = {slug for slug, kpi in KPIS.items() if kpi.audience is Audience.COUNTS}
CALLS = {slug for slug, kpi in KPIS.items() if kpi.audience is Audience.CALLS}


def spend(buyer, variant, amount="100", slug="facebook"):
    enter_spend(
        actor=buyer,
        product_id=variant.product_id,
        platform_id=Platform.objects.get(slug=slug).pk,
        spent_on=today(),
        amount=Decimal(amount),
    )


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("admin", set(KPIS)),
        ("supervisor", COUNTS | CALLS | AMOUNTS),
        ("agent", COUNTS | CALLS | AMOUNTS | {"commission"}),
        ("buyer", set()),
    ],
)
def test_kpis_of_orders_are_those_the_role_may_see(role, expected):
    assert set(kpis_for(make_actor(role))) == expected
    assert set(figures(make_actor(role), WEEK)) == expected


@pytest.mark.parametrize(
    ("role", "expected"), [("admin", COUNTS | ADS), ("supervisor", set()), ("agent", set()), ("buyer", COUNTS | ADS)]
)
def test_kpis_of_ads_are_those_the_role_may_see(role, expected):
    assert set(kpis_for(make_actor(role), View.ADS)) == expected


def test_no_cost_is_shown_when_only_the_finance_right_is_missing():
    everything = frozenset(Perm) - {Perm.FINANCE_VIEW}
    actor = replace(make_actor("admin"), permissions=everything)
    assert COSTS.isdisjoint(kpis_for(actor))
    assert "commission" not in kpis_for(replace(actor, permissions=everything - {Perm.COMMISSION_VIEW_OWN}))


def test_no_amount_of_others_is_shown_when_the_team_is_seen_without_its_orders():
    actor = replace(make_actor("agent"), permissions=frozenset({Perm.ORDERS_VIEW, Perm.INSIGHTS_TEAM}))
    assert AMOUNTS.isdisjoint(kpis_for(actor))
    assert set(kpis_for(actor)) >= COUNTS


def test_every_kpi_is_closed_when_the_actor_has_no_right():
    nobody = Actor(user_id=1, name="Personne")
    assert kpis_for(nobody) == kpis_for(nobody, View.ADS) == {}


def test_sensitive_kpis_have_the_class_of_the_fields_they_are_made_of():
    supervisor = make_actor("supervisor")
    for slug in COSTS | ADS | {"commission"}:
        assert KPIS[slug].field_class is not FieldClass.PUBLIC
        assert not may_see(supervisor, KPIS[slug].field_class)


def test_costs_are_not_even_read_when_the_actor_may_not_see_them():
    with CaptureQueriesContext(connection) as queries:
        figures(make_actor("supervisor"), WEEK, kpis=list(KPIS))
    text = " ".join(query["sql"] for query in queries)
    assert "finance_" not in text
    assert "ads_adspend" not in text


def test_rates_are_unknown_and_sums_zero_when_nothing_happened():
    found = figures(SYSTEM, WEEK)
    assert {slug for slug, value in found.items() if value is None} == {
        slug for slug, kpi in KPIS.items() if not kpi.is_sum
    }
    assert set(found.values()) == {None, Decimal(0)}
    assert grouped(SYSTEM, WEEK, (Dimension.AGENT,)) == {}


def test_agent_sees_own_orders_only_when_asking_for_figures():
    agent = make_user("agent")
    variant = make_variant(stock=9)
    make_order(variant, state="delivered", assignee_id=agent.pk)
    make_order(variant, state="delivered", assignee_id=make_user("agent").pk)
    make_order(variant)
    mine = figures(agent.as_actor(), WEEK)
    assert (mine["leads"], mine["delivered"], mine["revenue"]) == (1, 1, 199)
    assert figures(make_actor("supervisor"), WEEK)["leads"] == 3


def test_duplicates_and_drafts_are_no_leads_when_counted():
    variant = make_variant(stock=9)
    make_order(variant)
    make_order(variant, is_draft=True)
    double = make_order(variant)
    transition_order(actor=SYSTEM, order_id=double.pk, to="duplicate", reason_text="Deux fois")
    assert figures(SYSTEM, WEEK)["leads"] == 1


def test_cohort_and_event_differ_when_an_order_is_delivered_later():
    variant = make_variant(stock=9)
    with time_is(now() - timedelta(days=10)):
        order = make_order(variant, state="shipped")
    transition_order(actor=SYSTEM, order_id=order.pk, to="delivered")
    cohort, event = (figures(SYSTEM, WEEK, basis=basis) for basis in Basis)
    assert (cohort["leads"], cohort["delivered"], cohort["revenue"]) == (0, 0, 0)
    assert (event["leads"], event["shipped"], event["delivered"], event["revenue"]) == (0, 0, 1, 199)


def test_cost_of_the_day_of_delivery_counts_when_it_changed_since():
    variant = make_variant(stock=9)
    for back, amount in [(9, 50), (0, 70)]:
        set_product_cost(
            actor=SYSTEM,
            variant_id=variant.pk,
            amount=Decimal(amount),
            valid_from_on=today() - timedelta(days=back),
        )
    with time_is(now() - timedelta(days=2)):
        order = make_order((variant, 2), state="delivered")
    assert figures(SYSTEM, WEEK)["cogs"] == 100
    transition_order(actor=SYSTEM, order_id=order.pk, to="returned")
    transition_order(actor=SYSTEM, order_id=order.pk, to="delivered")
    assert figures(SYSTEM, WEEK)["cogs"] == 140


def test_units_without_a_cost_are_told_when_profit_leaves_them_out():
    make_order((make_variant(stock=9), 3), state="delivered")
    found = figures(SYSTEM, WEEK)
    assert (found["cogs"], found["uncosted_units"]) == (0, 3)


def test_free_order_is_shared_out_by_pieces_when_only_its_delivery_is_paid():
    cup, spoon = make_variant(stock=9), make_variant(stock=9)
    lines = (LineDraft(cup.pk, 2, Decimal(0)), LineDraft(spoon.pk, 1, Decimal(0)))
    order = make_order(cup, spoon)
    edit_order(actor=SYSTEM, order_id=order.pk, lines=lines, fields={"delivery_amount": Decimal("10.00")})
    for state in ("confirmed", "shipped", "delivered"):
        transition_order(actor=SYSTEM, order_id=order.pk, to=state)
    rows = grouped(SYSTEM, WEEK, (Dimension.PRODUCT,))
    assert rows[cup.product_id,]["revenue"] == Decimal("6.67")
    assert rows[spoon.product_id,]["revenue"] == Decimal("3.33")


def test_general_expenses_go_to_products_by_revenue_when_profit_is_by_product():
    dear, cheap = make_variant(stock=9, price="300"), make_variant(stock=9, price="100")
    for variant in (dear, cheap):
        make_order(variant, state="delivered")
    add_expense(actor=SYSTEM, kind="rent", amount=Decimal(100), spent_on=today())
    add_expense(actor=SYSTEM, kind="tools", amount=Decimal(7), spent_on=today(), product_id=cheap.product_id)
    rows = grouped(SYSTEM, WEEK, (Dimension.PRODUCT,))
    assert (rows[dear.product_id,]["expenses"], rows[cheap.product_id,]["expenses"]) == (75, 32)
    assert (None,) not in rows


def test_general_expenses_stay_apart_when_nothing_was_sold():
    variant = make_variant()
    make_order(variant)
    add_expense(actor=SYSTEM, kind="rent", amount=Decimal(100), spent_on=today())
    rows = grouped(SYSTEM, WEEK, (Dimension.PRODUCT,))
    assert (rows[None,]["expenses"], rows[None,]["profit"], rows[variant.product_id,]["expenses"]) == (100, -100, 0)


def test_buyer_counts_what_was_advertised_when_others_sell_too():
    buyer, other = make_actor("buyer"), make_actor("buyer")
    lamp, cup = make_variant(stock=9), make_variant(stock=9)
    spend(buyer, lamp, "60")
    spend(other, cup, "999")
    make_order(lamp, platform="facebook", state="delivered")
    make_order(lamp, platform="facebook")
    make_order(lamp, platform="tiktok")
    make_order(cup, platform="facebook")
    found = figures(buyer, WEEK, view=View.ADS)
    assert (found["ad_spend"], found["leads"], found["delivered"]) == (60, 2, 1)
    assert (found["cost_per_lead"], found["cost_per_delivered"]) == (30, 60)
    assert found["roas"] == (Decimal(199) / 60).quantize(Decimal("0.000001"))
    assert figures(make_actor("admin"), WEEK, view=View.ADS)["leads"] == 4


def test_new_client_is_counted_once_when_two_orders_are_kept():
    variant = make_variant(stock=9)
    spend(make_actor("buyer"), variant, "100")
    for _ in range(2):
        make_order(variant, state="delivered", phone_e164="+212612345678")
    assert figures(SYSTEM, WEEK)["cac"] == 100


def test_statements_stay_the_same_when_there_are_more_orders():
    agent = make_user("agent")
    save_commission_plan(actor=SYSTEM, name="Plan", delivered_amount=Decimal(10), valid_from_on=today())

    def count(orders):
        variant = make_variant(stock=50)
        for _ in range(orders):
            make_order(variant, state="delivered", assignee_id=agent.pk)
        with CaptureQueriesContext(connection) as queries:
            grouped(SYSTEM, WEEK, (Dimension.PRODUCT,))
        return len(queries)

    assert count(1) == count(12)


@pytest.mark.parametrize(
    ("slug", "value", "before", "change"),
    [
        ("leads", 12, 10, "0.2"),
        ("leads", 12, 0, None),
        ("profit", 10, -10, "2"),
        ("profit", -20, -10, "-1"),
        ("delivery_rate", "0.75", "0.70", "0.05"),
        ("delivery_rate", "0.75", None, None),
        ("roas", None, 2, None),
    ],
)
def test_change_is_growth_for_sums_and_points_for_rates_when_compared(slug, value, before, change):
    def decimal(number):
        return None if number is None else Decimal(number)

    found = Compared(KPIS[slug], decimal(value), decimal(before)).change
    assert found == decimal(change)
