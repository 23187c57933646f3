"""What is sent after a commit: the real sender, heard by a connection of our own."""

import time

import psycopg
import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from commanda.audit.services import record_many
from commanda.kernel import live
from commanda.kernel.actor import system_actor
from commanda.kernel.copies import in_copies
from commanda.kernel.hints import CHANNEL
from tests.events.serving import database_url

pytestmark = pytest.mark.django_db(transaction=True)
SYSTEM = system_actor("test")


@pytest.fixture
def heard():
    """Reads what has been announced so far."""
    with psycopg.connect(database_url(), autocommit=True) as own:
        own.execute(f"LISTEN {CHANNEL}")
        yield lambda seconds=0.5: [note.payload for note in own.notifies(timeout=seconds)]


@pytest.fixture
def things(monkeypatch):
    """A subject that is followed by two rooms."""
    monkeypatch.setattr(live, "_followed", {})
    live.follow("thing", "things", each="thing", people=lambda _own, ids, moved: set(ids) | set(moved))
    live.follow("thing", "board")


def note(*ids):
    record_many(actor=SYSTEM, name="thing.changed", subject="thing", entries=[(pk, {}) for pk in ids])


def test_topics_are_sent_with_their_people_when_a_change_is_committed(heard, things):
    note(4, 7)
    assert sorted(heard()) == ["board 4,7", "thing:4 4,7", "thing:7 4,7", "things 4,7"]


def test_nothing_is_sent_when_the_change_is_undone(heard, things):
    with transaction.atomic():
        note(4)
        transaction.set_rollback(True)
    assert heard() == []


def test_nothing_is_sent_before_the_commit(heard, things):
    with transaction.atomic():
        note(4)
        assert heard(0.3) == []
    assert "things 4" in heard()


def test_many_things_are_told_as_many(heard, things):
    note(*range(1, live.MOST_SINGLE + 2))
    assert {payload.split(" ")[0] for payload in heard()} == {"thing:*", "things", "board"}


def test_one_topic_is_sent_once_when_told_often(heard, things):
    for _number in range(30):  # the first begins a sending; the others go together
        note(3)
    payloads = heard()
    assert set(payloads) == {"board 3", "things 3", "thing:3 3"}
    assert payloads.count("board 3") <= 3


def test_transaction_itself_sends_no_statement(heard, things):
    with transaction.atomic(), CaptureQueriesContext(transaction.get_connection()) as queries:
        note(4)
    assert [query["sql"] for query in queries if "notify" in query["sql"].lower()] == []
    assert "things 4" in heard()


def test_hint_arrives_when_the_senders_connection_died(heard, things):
    note(1)
    heard()
    with psycopg.connect(database_url(), autocommit=True) as own:
        killed = own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s", ["%pg_notify%payload%"]
        ).fetchall()
    assert (True,) in killed
    time.sleep(0.2)
    note(2)
    assert "things 2" in heard(1)


def test_a_copy_of_the_process_sends_its_own_before_it_ends(heard, things):
    """Not what waits to be sent here, and though another thread held the sender's lock in the moment of the fork."""

    def work(number):
        note(10 + number)
        yield number

    live._sender._subjects["thing"] = live._Changes(ids={4})
    with live._sender._lock:
        assert sorted(in_copies(work, 2)) == [0, 1]
    del live._sender._subjects["thing"]
    assert sorted(heard()) == ["board 10", "board 11", "thing:10 10", "thing:11 11", "things 10", "things 11"]
