"""Every KPI against its independent recomputation (`truth.py`), on random histories, to the centime."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from commanda.insights.compute import course, figures, grouped
from commanda.insights.kpis import KPIS, View
from commanda.insights.measures import Dimension
from commanda.insights.periods import Period
from commanda.insights.statements import Basis
from tests.insights import history, truth

pytestmark = pytest.mark.django_db
PERIOD = Period(history.FIRST_DAY, history.FIRST_DAY + timedelta(days=9))
CENTIME = Decimal("0.01")

lives = st.tuples(st.lists(history.stories, min_size=1, max_size=6), st.lists(history.money_stories, max_size=3))
few = settings(
    max_examples=30,
    phases=[Phase.explicit, Phase.generate],  # shrinking a whole history takes minutes and shows no more
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Undo(Exception):
    pass


@pytest.fixture
def shop():
    return history.open_shop()


def in_a_shop(shop, life, check):
    """Live the life in the shop, check, and forget it."""
    orders, moneys = life
    with suppress(Undo), transaction.atomic():
        for place, story in enumerate(orders):
            history.live(shop, story, place)
        for story in moneys:
            history.spend(shop, story)
        check()
        raise Undo


def differences(computed, expected, skip=()):
    return {
        slug: (value, expected[slug])
        for slug, value in computed.items()
        if slug not in skip and value != expected[slug]
    }


@few
@given(life=lives)
def test_totals_agree_when_recomputed_by_hand(shop, life):
    def check():
        facts = list(truth.facts(by_product=False))
        for basis in Basis:
            expected = truth.add_up(facts, PERIOD.first, PERIOD.last, basis).get((), {})
            computed = figures(history.SYSTEM, PERIOD, basis=basis)
            assert set(computed) == set(KPIS)
            assert differences(computed, truth.kpis(expected)) == {}, basis

    in_a_shop(shop, life, check)


@few
@given(life=lives, name=st.sampled_from(["day", "agent", "platform", "city", "state"]))
def test_groups_agree_when_recomputed_by_hand(shop, life, name):
    def check():
        facts = list(truth.facts(by_product=False))
        for basis in Basis:
            expected = truth.add_up(facts, PERIOD.first, PERIOD.last, basis, by=(name,))
            for key, computed in grouped(history.SYSTEM, PERIOD, (Dimension(name),), basis=basis).items():
                known = {slug: value for slug, value in computed.items() if value is not None}
                assert differences(known, truth.kpis(expected.get(key, {}))) == {}, (basis, key)
            missed = set(expected) - set(grouped(history.SYSTEM, PERIOD, (Dimension(name),), basis=basis))
            # Ads have no agent, expenses no platform: what only they know of a group does not make one.
            assert all(set(expected[key]) <= {"ad_spend", "expenses"} for key in missed)

    in_a_shop(shop, life, check)


@few
@given(life=lives)
def test_products_agree_and_add_up_when_amounts_are_shared_out(shop, life):
    def check():
        facts = list(truth.facts(by_product=True))
        for basis in Basis:
            expected = truth.add_up(facts, PERIOD.first, PERIOD.last, basis, by=("product",))
            truth.share_general(expected)
            computed = grouped(history.SYSTEM, PERIOD, (Dimension.PRODUCT,), basis=basis)
            for key, row in computed.items():
                shared = expected.get(key, {}).pop("shared", Decimal(0))
                assert differences(row, truth.kpis(expected.get(key, {})), skip=("expenses", "profit")) == {}, key
                own = expected.get(key, {}).get("expenses", Decimal(0))
                assert abs(row["expenses"] - own - shared) <= CENTIME
            total = figures(history.SYSTEM, PERIOD, basis=basis)
            for slug in ("revenue", "cogs", "shipping_cost", "commission", "ad_spend", "expenses", "profit"):
                assert sum(row[slug] for row in computed.values()) == total[slug], (basis, slug)

    in_a_shop(shop, life, check)


@few
@given(life=lives, product=st.integers(0, 3), agent=st.integers(0, 1))
def test_filters_agree_when_recomputed_by_hand(shop, life, product, agent):
    def check():
        product_id = shop.variants[product].product_id
        agent_id = shop.agents[agent].pk
        facts = list(truth.facts(by_product=True))
        for basis in Basis:
            expected = truth.add_up(facts, PERIOD.first, PERIOD.last, basis, product=product_id, agent=agent_id)
            computed = figures(
                history.SYSTEM,
                PERIOD,
                filters={Dimension.PRODUCT: product_id, Dimension.AGENT: agent_id},
                basis=basis,
            )
            # Nobody knows what an agent's orders cost in ads or in rent.
            assert computed["profit"] is computed["ad_spend"] is computed["expenses"] is None
            known = {slug: value for slug, value in computed.items() if value is not None}
            assert differences(known, truth.kpis(expected.get((), {}))) == {}

    in_a_shop(shop, life, check)


@few
@given(life=lives)
def test_buyers_results_agree_when_recomputed_by_hand(shop, life):
    def check():
        buyer = shop.buyers[0]
        facts = [
            fact for fact in truth.facts(by_product=True) if fact.slug != "ad_spend" or fact.tags["buyer"] == buyer.pk
        ]
        by = (Dimension.PRODUCT, Dimension.PLATFORM)
        expected = truth.add_up(facts, PERIOD.first, PERIOD.last, "cohort", by=by)
        for key, row in grouped(buyer.as_actor(), PERIOD, by, view=View.ADS).items():
            assert "revenue" not in row
            if row["ad_spend"]:
                assert differences(row, truth.kpis(expected[key])) == {}, key
        spent = {key for key, row in expected.items() if row.get("ad_spend")}
        own = [fact for fact in facts if (fact.tags.get("product"), fact.tags.get("platform")) in spent]
        total = truth.add_up(own, PERIOD.first, PERIOD.last, "cohort").get((), {})
        assert differences(figures(buyer.as_actor(), PERIOD, view=View.ADS), truth.kpis(total)) == {}

    in_a_shop(shop, life, check)


@few
@given(life=lives)
def test_agents_figures_cover_their_own_rows_when_recomputed_by_hand(shop, life):
    def check():
        agent = shop.agents[0]
        facts = [
            fact
            for fact in truth.facts(by_product=False)
            if (fact.tags.get("agent") == agent.pk) and fact.slug not in {"ad_spend", "expenses"}
        ]
        expected = truth.add_up(facts, PERIOD.first, PERIOD.last, "cohort").get((), {})
        computed = figures(agent.as_actor(), PERIOD)
        assert differences(computed, truth.kpis(expected)) == {}
        assert {"profit", "cogs", "ad_spend", "roas", "expenses"}.isdisjoint(computed)

    in_a_shop(shop, life, check)


@few
@given(life=lives)
def test_course_is_the_same_as_asking_for_each_when_days_are_added_up(shop, life):
    def check():
        period = Period(PERIOD.first + timedelta(days=5), PERIOD.last)
        for basis in Basis:
            found = course(history.SYSTEM, period, basis=basis)
            assert set(KPIS) - set(found.now) == {"calls_per_order"}
            for one, span in ((found.now, period), (found.before, period.previous)):
                assert one == figures(history.SYSTEM, span, kpis=list(found.now), basis=basis)
            days = grouped(history.SYSTEM, period, (Dimension.DAY,), kpis=list(found.now), basis=basis)
            assert list(found.days) == list(period)
            assert all(found.days[day] == row for (day,), row in days.items())

    in_a_shop(shop, life, check)
