from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.confirmation.models import AssignmentRule
from commanda.confirmation.sharing import Desk, Waiting, matches, rule_for, share

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
METHODS = AssignmentRule.Method.values
_ids = iter(range(1, 100_000))


def rule(method="round_robin", **fields):
    return AssignmentRule(pk=next(_ids), method=method, **fields)


IN_TURN = [rule("creator"), rule("former"), rule("round_robin")]


def waiting(*phones, **fields):
    return [Waiting(number, phone, **fields) for number, phone in enumerate(phones, 1)]


def test_orders_go_round_when_given_in_turn():
    desks = [Desk(1, 50, AT), Desk(2, 0, None), Desk(3, 0, AT - timedelta(hours=1))]
    shares = share(waiting(*"abcdef"), desks, IN_TURN)
    assert list(shares.given.values()) == [2, 3, 1, 2, 3, 1]
    assert shares.turns == [2, 3, 1]


def test_orders_even_out_when_given_to_the_least_loaded():
    desks = [Desk(1, 5), Desk(2, 3), Desk(3, 4)]
    shares = share(waiting(*"abcdef"), desks, [rule("least_loaded")])
    assert Counter(shares.given.values()) == {2: 3, 3: 2, 1: 1}


def test_better_agent_holds_more_when_results_count():
    desks = [Desk(1, 0, weight=0.75), Desk(2, 0, weight=0.25)]
    shares = share(waiting(*map(str, range(40))), desks, [rule("weighted")])
    assert Counter(shares.given.values()) == {1: 30, 2: 10}


def test_order_goes_to_who_handles_it_when_given_by_skill():
    desks = [Desk(1, 0, languages=frozenset(["fr"])), Desk(2, 9, product_ids=frozenset([7, 8])), Desk(3, 9)]
    by_skill = [rule("skill")]
    assert share(waiting("a", language="ar", product_ids=frozenset([7, 9])), desks, by_skill).given == {1: 3}
    assert share(waiting("a", language="ar", product_ids=frozenset([7])), desks[:2], by_skill).given == {1: 2}
    assert share(waiting("a", language="fr"), desks, by_skill).given == {1: 1}
    assert share(waiting("a", city_id=4), [Desk(1, 0, city_ids=frozenset([5]))], by_skill).left == {1: "nobody"}


def test_client_stays_with_one_agent_when_he_has_several_orders():
    shares = share(waiting("a", "b", "a"), [Desk(1, 0), Desk(2, 0)], IN_TURN)
    assert shares.given == {1: 1, 2: 2, 3: 1}


def test_former_agent_gets_the_order_when_he_has_room():
    assert share(waiting("a", former_id=2), [Desk(1, 0), Desk(2, 3, capacity=4)], IN_TURN).given == {1: 2}
    assert share(waiting("a", former_id=2), [Desk(1, 0), Desk(2, 4, capacity=4)], IN_TURN).given == {1: 1}
    assert share(waiting("a", former_id=2, creator_id=1), [Desk(1, 0), Desk(2, 0)], IN_TURN).given == {1: 1}


def test_order_goes_to_another_when_its_agent_left_it_untouched():
    desks = [Desk(1, 0), Desk(2, 50)]
    for fields in ({}, {"former_id": 1}, {"creator_id": 1}):
        assert share(waiting("a", avoided_id=1, **fields), desks, IN_TURN).given == {1: 2}
        assert share(waiting("a", avoided_id=1, **fields), [Desk(1, 0)], IN_TURN).given == {1: 1}


def test_next_rule_decides_when_the_first_has_nobody_with_room():
    first, second = rule(agent_ids=[1, 9]), rule("least_loaded")
    shares = share(waiting("a", "b"), [Desk(1, 0, capacity=1), Desk(2, 5)], [first, second])
    assert shares.given == {1: 1, 2: 2}
    assert shares.by_rule == {1: first, 2: second}


@pytest.mark.parametrize(
    ("desks", "rules", "reason"),
    [
        ([Desk(1, 0)], [], "no_rule"),
        ([Desk(1, 0)], [rule(store_ids=[5])], "no_rule"),
        ([Desk(1, 0)], [rule(agent_ids=[2])], "nobody"),
        ([], [rule()], "nobody"),
        ([Desk(1, 3, capacity=3)], [rule(), rule(agent_ids=[2])], "full"),
    ],
)
def test_order_says_why_it_stays_when_nobody_gets_it(desks, rules, reason):
    assert share(waiting("a"), desks, rules).left == {1: reason}


@pytest.mark.parametrize(
    ("conditions", "order", "other"),
    [
        ({"product_ids": [7]}, {"product_ids": frozenset([7, 8])}, {"product_ids": frozenset([8])}),
        ({"city_ids": [3]}, {"city_id": 3}, {}),
        ({"zone_ids": [3]}, {"zone_id": 3}, {"zone_id": 4}),
        ({"store_ids": [1, 2]}, {"store_id": 2}, {"store_id": 3}),
        ({"channels": ["sheet"]}, {"channel": "sheet"}, {"channel": "api"}),
        ({"platforms": ["meta"]}, {"platform": "meta"}, {"platform": ""}),
        ({"language": "ar"}, {"language": "ar"}, {"language": "fr"}),
        ({"client_kind": "returning"}, {"is_returning": True}, {"is_returning": False}),
        ({"client_kind": "new"}, {"is_returning": False}, {"is_returning": True}),
        ({"min_amount": Decimal(500)}, {"amount": Decimal(500)}, {"amount": Decimal("499.99")}),
        ({"max_amount": Decimal(500)}, {"amount": Decimal(500)}, {"amount": Decimal("500.01")}),
        ({"method": "former"}, {"former_id": 3}, {}),
        ({"method": "creator"}, {"creator_id": 3}, {}),
    ],
)
def test_rule_takes_an_order_when_its_condition_holds(conditions, order, other):
    chosen = rule(**conditions)
    assert matches(chosen, Waiting(1, "a", **order))
    assert not matches(chosen, Waiting(1, "a", **other))


def test_agent_may_help_himself_when_the_rules_would_give_it_to_him_too():
    desks, everyone, only_first = [Desk(1, 0), Desk(2, 0)], rule(), rule(agent_ids=[1])
    order = Waiting(1, "a")
    assert rule_for(order, 2, desks, [everyone]) is everyone
    assert rule_for(order, 2, desks, [only_first, everyone]) is None
    assert rule_for(order, 1, desks, [only_first, everyone]) is only_first
    assert rule_for(order, 2, desks[1:], [only_first, everyone]) is everyone


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([None, 1, 2, 9]), st.sampled_from([None, 1, 3]))),
    st.lists(st.integers(0, 6), min_size=1, max_size=5),
    st.lists(st.sampled_from(METHODS), max_size=4),
    st.integers(0, 6),
)
def test_capacity_holds_and_no_room_stays_empty_when_orders_wait(orders, loads, methods, capacity):
    desks = [Desk(number, load, capacity=capacity) for number, load in enumerate(loads, 1)]
    rows = [
        Waiting(number, phone, former_id=former, avoided_id=avoided)
        for number, (phone, former, avoided) in enumerate(orders)
    ]
    room = sum(max(capacity - load, 0) for load in loads)
    shares = share(rows, desks, [*map(rule, methods), rule()])
    assert len(shares.given) == min(len(rows), room)
    assert set(shares.given) | set(shares.left) == {row.order_id for row in rows}
    assert set(shares.by_rule) == set(shares.given)
    for desk, load in zip(desks, loads, strict=True):
        got = sum(agent == desk.agent_id for agent in shares.given.values())
        assert desk.open == load + got
        assert not got or desk.open <= capacity
