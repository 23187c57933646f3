"""Fixtures for all tests: first of all the database.

The migrations run once per session, into a template; each worker clones it, and so does the clean-up after
every test that commits (`transaction=True`, `live_server`). Such a test therefore always finds the data that
migrations load, and append-only tables, which refuse TRUNCATE, are no obstacle.
"""

import os
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.dispatch import receiver
from django.http import HttpRequest
from django.test import TransactionTestCase
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, expect, sync_playwright
from psycopg import sql
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker
from whitenoise.middleware import WhiteNoiseMiddleware

from commanda.customers.selectors import _spellings
from commanda.stock import leaving
from scripts.look import CHROMIUM, CHROMIUM_ARGS
from tests.browsing import Windows
from tests.plugin_postgres import RUN_VARIABLE

BUILD_LOCK = 7_201_188
# How long a page may take to show what a test expects, in milliseconds: far more than it does, for a busy machine.
PATIENCE = 15_000

# How long an example takes says more of the machine than of the code.
hypothesis_settings.register_profile("commanda", deadline=None)
hypothesis_settings.load_profile("commanda")


def _admin() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def _run(admin: psycopg.Connection, statement: str, **names: str) -> None:
    identifiers = {key: sql.Identifier(name) for key, name in names.items()}
    admin.execute(sql.SQL(statement).format(**identifiers))


def _use(name: str) -> None:
    """Point Django (all threads) at another database of the same server."""
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name


def _build_template(template: str) -> None:
    """Migrate a fresh database into `template`, once per session: the first worker does, the others wait."""
    with _admin() as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [BUILD_LOCK])
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
            return
        building = f"{template}_building"
        _run(admin, "DROP DATABASE IF EXISTS {building} WITH (FORCE)", building=building)
        _run(admin, "CREATE DATABASE {building}", building=building)
        _use(building)
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
        call_command("createcachetable", verbosity=0)
        connections.close_all()
        _run(admin, "ALTER DATABASE {building} RENAME TO {template}", building=building, template=template)


def _clone(template: str, name: str) -> None:
    with _admin() as admin:
        _run(admin, "DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)
        _run(admin, "CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY", name=name, template=template)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, worker_id: str
) -> Iterator[None]:
    """The test database of this worker, cloned from the session's migrated template."""
    run = os.environ[RUN_VARIABLE]
    template, name = f"{run}_template", f"{run}_{worker_id}"

    opened: WeakSet[DatabaseWrapper] = WeakSet()
    connect = DatabaseWrapper.get_new_connection

    def remember(wrapper: DatabaseWrapper, parameters: dict[str, Any]) -> psycopg.Connection:
        opened.add(wrapper)
        return connect(wrapper, parameters)

    def restore(case: TransactionTestCase) -> None:
        connections.close_all()
        # A browser's event loop gives its tests connections of their own, which `connections` does not know here.
        for wrapper in list(opened):
            if wrapper.connection is not None:
                wrapper.connection.close()
                wrapper.connection = None
        _clone(template, name)

    with django_db_blocker.unblock():
        _build_template(template)
        _clone(template, name)
        _use(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseWrapper, "get_new_connection", remember)
        patch.setattr(TransactionTestCase, "_fixture_teardown", restore)
        yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(scope="session", autouse=True)
def static_files_read_once() -> Iterator[None]:
    """Every test's client sets up all middleware, and WhiteNoise looks at 2,400 files then: 0.3 s for each test."""
    read = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    def read_once(middleware: WhiteNoiseMiddleware) -> None:
        if not found:
            read(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", read_once)
        yield


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    """A process remembers the names of cities for a while, and what left on past days; another test has others."""
    _spellings.clear()
    leaving._over.clear()


@receiver(user_logged_in)
def _show_who_it_is(request: HttpRequest, user: Any, **_kwargs: Any) -> None:
    """`force_login` counts as a password typed now: pages that ask again who it is are open as after a sign-in."""
    from allauth.account.internal.flows.login import get_authentication_records, record_authentication

    if not get_authentication_records(request, user):
        record_authentication(request, user, method="password")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; Django would refuse the database beside it.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture
def address(live_server: LiveServer) -> str:
    """Where the browser finds the pages."""
    return live_server.url


@pytest.fixture
def windows(browser: Browser, address: str) -> Iterator[Windows]:
    """Open pages as somebody; at the end the browser must have had nothing to complain about."""
    windows = Windows(browser, address)
    yield windows
    windows.close()
