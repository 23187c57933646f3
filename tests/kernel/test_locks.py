"""Locks that outlive transactions hold whatever becomes of the connection that the work is done on."""

import pytest
from django.db import OperationalError, connection

from commanda.kernel import locks
from commanda.kernel.errors import Conflict
from commanda.kernel.locks import alone, held

pytestmark = pytest.mark.django_db(transaction=True)
SPACE, KEY = 7, 11


def in_another_session():
    """Whether somebody else gets the lock now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [SPACE, KEY])
        return cursor.fetchone()[0]


def test_lock_is_held_for_as_long_as_it_is_wanted_and_free_at_once_after():
    with alone(SPACE, KEY, Conflict):
        assert held(SPACE) == {KEY}
        assert not in_another_session()
    assert held(SPACE) == set()
    assert in_another_session()


def test_lock_holds_when_the_work_goes_on_by_another_connection():
    """As behind a pooler, which gives each transaction another one."""
    with alone(SPACE, KEY, Conflict):
        connection.close()
        assert not in_another_session()
    assert in_another_session()


def test_lock_holds_when_idle_transactions_are_ended(monkeypatch):
    params = connection.get_connection_params()
    hasty = params | {"options": f"{params['options']} -c idle_in_transaction_session_timeout=50"}
    monkeypatch.setattr(connection, "get_connection_params", lambda: hasty)
    with alone(SPACE, KEY, Conflict), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.3)")
        assert not in_another_session()


def test_who_has_it_may_ask_again_and_keeps_it_to_the_end():
    with alone(SPACE, KEY, Conflict):
        with alone(SPACE, KEY, Conflict):
            pass
        assert not in_another_session()


def test_another_is_refused_at_once():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [SPACE, KEY])
        with pytest.raises(Conflict), alone(SPACE, KEY, Conflict):
            raise AssertionError("two have it")
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SPACE, KEY])


def test_a_database_that_is_away_is_told_as_everywhere(monkeypatch):
    away = {**connection.get_connection_params(), "host": "/nowhere"}
    monkeypatch.setattr(connection, "get_connection_params", lambda: away)
    with pytest.raises(OperationalError), alone(SPACE, KEY, Conflict):
        raise AssertionError("nobody is there")
    assert not locks._ours.get()
