"""A kept connection is asked only when there is doubt."""

import select

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError

from commanda.kernel.database.base import DatabaseWrapper


@pytest.fixture
def statements(monkeypatch):
    """What is sent over the connection of the tests."""
    sent = []
    connection.ensure_connection()
    execute = psycopg.Cursor.execute
    monkeypatch.setattr(psycopg.Cursor, "execute", lambda *args, **more: sent.append(args[1]) or execute(*args, **more))
    return sent


@pytest.mark.django_db(transaction=True)
def test_an_idle_connection_is_usable_without_a_statement(statements):
    assert isinstance(connections["default"], DatabaseWrapper)
    assert connection.is_usable()
    assert statements == []


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_is_not_usable():
    connection.ensure_connection()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    assert not connection.is_usable()


@pytest.mark.django_db(transaction=True)
def test_a_connection_with_news_to_read_is_asked_and_usable(statements):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN news")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        other.execute("NOTIFY news")
    select.select([connection.connection], [], [], 10)  # until it has arrived
    statements.clear()
    assert connection.is_usable()
    assert statements == ["SELECT 1"]


@pytest.mark.django_db
def test_a_connection_in_a_failed_transaction_is_not_usable():
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM nothing_of_this_name")
    with transaction.atomic():
        with pytest.raises(ProgrammingError), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM nothing_of_this_name")
        assert not connection.is_usable()
        transaction.set_rollback(True)
