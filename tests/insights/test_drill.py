"""Behind every figure stand the rows that add up to it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.insights.drill import can_drill, parts_of, rows_behind
from commanda.insights.kpis import KPIS, View
from commanda.insights.measures import BONUSES, EXPENSES, SPEND, Dimension
from commanda.insights.periods import Period
from commanda.insights.statements import Basis
from commanda.kernel.errors import NotFound
from tests.factories import make_order, make_user, make_variant
from tests.insights import history, truth
from tests.insights.test_kpi_truth import few, in_a_shop, lives, shop

__all__ = ["shop"]
pytestmark = pytest.mark.django_db
PERIOD = Period(history.FIRST_DAY, history.FIRST_DAY + timedelta(days=9))
MEASURED = {
    measure.slug: (kpi.slug, measure) for kpi in KPIS.values() for measure in parts_of(history.SYSTEM, kpi.slug)
}


def all_rows(kpi, measure, **more):
    behind = rows_behind(history.SYSTEM, PERIOD, kpi, measure, **more)
    found, place = [], None
    while True:
        page = behind.page(place, limit=2)
        found += page.rows
        place = page.next_place
        if place is None:
            return found, *behind.totals()


@few
@given(life=lives, name=st.sampled_from(["", "agent", "platform", "city", "product"]))
def test_rows_add_up_to_every_sum_when_a_history_is_taken_apart(shop, life, name):
    def check():
        facts = list(truth.facts(by_product=name == "product"))
        for basis in Basis:
            sums = truth.add_up(facts, PERIOD.first, PERIOD.last, basis, by=(name,) if name else ())
            for slug, (kpi, measure) in MEASURED.items():
                for key, row in sums.items():
                    filters = {Dimension(name): key[0]} if name else {}
                    if not can_drill(measure, filters):
                        continue
                    rows, count, total = all_rows(kpi, measure, filters=filters, basis=basis)
                    assert sum(each.value for each in rows) == total == row.get(slug, 0), (slug, basis, key)
                    assert len(rows) == len({each.row_id for each in rows}) == count

    in_a_shop(shop, life, check)


def test_every_row_has_its_order_when_it_is_not_of_ads_or_expenses():
    order = make_order(make_variant())
    (kpi, measure) = MEASURED["leads"]
    behind = rows_behind(history.SYSTEM, Period(order.created_at.date(), order.created_at.date()), kpi, measure)
    assert [(row.order, row.value) for row in behind.page().rows] == [(order, Decimal(1))]
    without_order = {measure.source for _kpi, measure in MEASURED.values() if measure.source.row != "o.id"}
    assert without_order == {SPEND, EXPENSES, BONUSES}


def test_an_agent_sees_own_rows_only_when_orders_are_anothers():
    mine, other = make_user("agent"), make_user("agent")
    make_order(make_variant(), assignee_id=other.pk)
    own = make_order(make_variant(), assignee_id=mine.pk)
    day = own.created_at.date()
    behind = rows_behind(mine.as_actor(), Period(day, day), "leads", MEASURED["leads"][1])
    assert [row.order for row in behind.page().rows] == [own]
    assert behind.totals() == (1, 1)


@pytest.mark.parametrize(("role", "kpi"), [("agent", "profit"), ("supervisor", "cogs"), ("buyer", "revenue")])
def test_rows_are_not_found_when_the_figure_is_not_for_the_actor(role, kpi):
    with pytest.raises(NotFound):
        rows_behind(make_user(role).as_actor(), PERIOD, kpi, MEASURED["revenue"][1])


def test_orders_are_not_found_when_a_buyer_asks_for_what_ads_brought():
    with pytest.raises(NotFound):
        rows_behind(make_user("buyer").as_actor(), PERIOD, "leads", MEASURED["leads"][1], view=View.ADS)
