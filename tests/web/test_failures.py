"""The database is away: a page says so and when to come again, and never that we have made a mistake."""

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from commanda.accounts.sessions import SessionStore
from commanda.kernel.transaction import is_database_away
from tests.factories import make_user

pytestmark = pytest.mark.django_db
WORDS = "The database cannot be reached at the moment. Try again."


def gone(*_given, **_named):
    raise OperationalError("the connection is lost") from psycopg.OperationalError("the connection is lost")


@pytest.fixture
def browser():
    client = Client(raise_request_exception=False, headers={"Accept-Language": "en"})
    client.force_login(make_user("admin"))
    return client


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "htmx"])
def test_page_says_that_the_database_is_away(browser, headers, monkeypatch):
    monkeypatch.setattr("commanda.orders.selectors.get_order", gone)
    answer = browser.get(reverse("order", args=["CM-000001"]), headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert WORDS in (answer.headers["HX-Trigger"] if headers else answer.content.decode())


def test_page_says_so_when_not_even_the_session_can_be_read(browser, monkeypatch):
    monkeypatch.setattr(SessionStore, "load", gone)
    answer = browser.get(reverse("orders"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert WORDS in answer.content.decode()


def test_mistake_of_ours_stays_one(browser, monkeypatch):
    monkeypatch.setattr("commanda.orders.selectors.get_order", lambda *_given: 1 / 0)
    assert browser.get(reverse("order", args=["CM-000001"])).status_code == 500


@pytest.mark.parametrize(
    ("cause", "is_away"),
    [
        (psycopg.OperationalError(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.ConnectionFailure(), True),
        (psycopg.errors.LockNotAvailable(), False),
        (psycopg.errors.DiskFull(), False),
    ],
)
def test_what_counts_as_the_database_being_away(cause, is_away):
    error = OperationalError()
    error.__cause__ = cause
    assert is_database_away(error) is is_away
