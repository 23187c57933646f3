from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from commanda.confirmation.sharing import Desk, Waiting, share

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def waiting(*phones, preferred=None):
    return [Waiting(number, phone, preferred) for number, phone in enumerate(phones, 1)]


def test_orders_go_round_when_given_in_turn():
    desks = [Desk(1, 50, AT), Desk(2, 0, None), Desk(3, 0, AT - timedelta(hours=1))]
    shares = share(waiting(*"abcdef"), desks, method="round_robin", capacity=80)
    assert list(shares.given.values()) == [2, 3, 1, 2, 3, 1]
    assert shares.turns == [2, 3, 1]


def test_orders_even_out_when_given_to_the_least_loaded():
    desks = [Desk(1, 5), Desk(2, 3), Desk(3, 4)]
    shares = share(waiting(*"abcdef"), desks, method="least_loaded", capacity=80)
    assert Counter(shares.given.values()) == {2: 3, 3: 2, 1: 1}


def test_client_stays_with_one_agent_when_he_has_several_orders():
    shares = share(waiting("a", "b", "a"), [Desk(1, 0), Desk(2, 0)], method="round_robin", capacity=80)
    assert shares.given == {1: 1, 2: 2, 3: 1}


def test_former_agent_gets_the_order_when_he_has_room():
    desks = [Desk(1, 0), Desk(2, 3)]
    assert share(waiting("a", preferred=2), desks, method="round_robin", capacity=4).given == {1: 2}
    desks = [Desk(1, 0), Desk(2, 4)]
    assert share(waiting("a", preferred=2), desks, method="round_robin", capacity=4).given == {1: 1}


@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([None, 1, 2, 9]))),
    st.lists(st.integers(0, 6), min_size=1, max_size=5),
    st.sampled_from(["round_robin", "least_loaded"]),
    st.integers(0, 6),
)
def test_capacity_holds_and_no_room_stays_empty_when_orders_wait(orders, loads, method, capacity):
    desks = [Desk(number, load) for number, load in enumerate(loads, 1)]
    rows = [Waiting(number, phone, preferred) for number, (phone, preferred) in enumerate(orders)]
    room = sum(max(capacity - load, 0) for load in loads)
    shares = share(rows, desks, method=method, capacity=capacity)
    assert len(shares.given) == min(len(rows), room)
    for desk, load in zip(desks, loads, strict=True):
        got = sum(agent == desk.agent_id for agent in shares.given.values())
        assert desk.open == load + got
        assert not got or desk.open <= capacity
