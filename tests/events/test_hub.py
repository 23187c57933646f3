"""Streams and what waits for them, without a network."""

import asyncio

import pytest

from commanda.events.hub import BEAT, MOST_WAITING, Hub, TooManyStreams
from commanda.events.topics import Access
from commanda.kernel.hints import Hint

LEADER = Access(1, frozenset({"orders.view", "orders.view_all"}))
AGENT = Access(2, frozenset({"orders.view"}))


def taken(stream):
    return asyncio.run(asyncio.wait_for(stream.waiting(), 1))


def test_message_has_the_wire_format_and_each_topic_once():
    hub = Hub()
    stream = hub.open("key", LEADER)
    for topic in ("orders", "order:5", "orders"):
        hub.publish(Hint(topic))
    assert taken(stream) == b"event: live\ndata: order:5 orders\n\n"
    hub.beat()
    assert taken(stream) == BEAT == b": beat\n\n"


def test_nothing_waits_for_those_who_may_not_hear():
    hub = Hub()
    leader, agent = hub.open("a", LEADER), hub.open("b", AGENT)
    hub.publish(Hint("orders", frozenset({9})))
    hub.publish(Hint("order:4", frozenset({2})))
    assert taken(leader) == b"event: live\ndata: order:4 orders\n\n"
    assert taken(agent) == b"event: live\ndata: order:4\n\n"


def test_everything_is_told_when_too_much_waits():
    hub = Hub()
    stream = hub.open("key", LEADER)
    for number in range(MOST_WAITING + 5):
        hub.publish(Hint(f"order:{number}"))
    assert taken(stream) == b"event: live\ndata: *\n\n"


def test_streams_are_limited_by_person_and_in_all():
    hub = Hub(most=3, most_per_person=2)
    first = hub.open("a", AGENT)
    hub.open("a", AGENT)
    with pytest.raises(TooManyStreams):
        hub.open("a", AGENT)
    hub.open("b", LEADER)
    with pytest.raises(TooManyStreams):
        hub.open("c", Access(3, frozenset()))
    hub.close(first)
    hub.open("a", AGENT)


def test_only_those_whose_session_and_rights_still_hold_stay():
    hub = Hub()
    kept, changed, gone = hub.open("a", LEADER), hub.open("b", AGENT), hub.open("c", AGENT)
    late = hub.open("d", AGENT)
    hub.admit_only([kept, changed, gone], {"a": LEADER, "b": Access(2, frozenset())})
    assert [stream.is_ended for stream in (kept, changed, gone, late)] == [False, True, True, False]
    assert taken(gone) == b""
