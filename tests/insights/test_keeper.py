"""The worker's thread for kept sums."""

import time

import pytest
from django.db import DatabaseError

from commanda.insights import keeper
from commanda.insights.keeper import Keeper
from commanda.kernel.errors import Busy


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(keeper, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(keeper, "is_far_behind", lambda: False)


def wait_for(condition):
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_it_goes_on_when_the_database_was_away_or_busy(quick, monkeypatch):
    calls = []

    def keep():
        calls.append(1)
        if len(calls) == 1:
            raise DatabaseError("away")
        if len(calls) == 2:
            raise Busy

    monkeypatch.setattr(keeper, "keep_sums", keep)
    thread = Keeper()
    thread.start()
    wait_for(lambda: len(calls) > 3)
    thread.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_it_rests_twice_as_long_as_it_worked(quick, monkeypatch):
    began = []

    def keep():
        began.append(time.monotonic())
        time.sleep(0.05)

    monkeypatch.setattr(keeper, "keep_sums", keep)
    thread = Keeper()
    thread.start()
    wait_for(lambda: len(began) > 2)
    thread.stop()
    thread.join(timeout=5)
    assert began[2] - began[1] >= 0.05 * (1 + keeper.REST) * 0.9


def test_it_does_not_rest_while_more_waits_than_is_added_at_once(monkeypatch):
    ended = []

    def keep():
        time.sleep(0.05)
        ended.append(time.monotonic())

    monkeypatch.setattr(keeper, "keep_sums", keep)
    monkeypatch.setattr(keeper, "is_far_behind", lambda: len(ended) < 3)
    thread = Keeper()
    thread.start()
    wait_for(lambda: len(ended) > 2)
    thread.stop()
    thread.join(timeout=5)
    # With a rest it would be one second more for each.
    assert ended[2] - ended[0] < keeper.PAUSE_SECONDS
