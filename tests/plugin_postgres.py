"""Gives a test session its own throw-away PostgreSQL, before Django reads its settings.

Loaded by `-p tests.plugin_postgres` (pyproject.toml). The controlling process starts the server in a
temporary directory and hands DATABASE_URL to the xdist workers through the environment; it stops the server and
removes the directory at the end, after a failure or an interruption, too. What a killed session left behind is
swept away by the next one. With DATABASE_URL set, that server is used and the databases made there are dropped.
"""

import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from commanda.config import embedded
from commanda.config.embedded_process import is_alive
from commanda.config.paths import LOCALE_DIR
from commanda.config.translations import compile_translations

PREFIX = "commanda-test-"
RUN_VARIABLE = "COMMANDA_TEST_RUN"
SETTINGS = {"max_connections": "200", "shared_buffers": "192MB", "autovacuum": "off"}


class ThrowAway:
    """The state of one test session: a directory, and a server in it unless DATABASE_URL names one."""

    def __init__(self) -> None:
        sweep()
        self.directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        # The account of the server must be able to pass when we are root.
        self.directory.chmod(0o711)
        self.run = f"test_commanda_{os.getpid()}"
        self.server: embedded.Server | None = None
        if not os.environ.get("DATABASE_URL"):
            self.server = embedded.start(self.directory / "db", durable=False, settings=SETTINGS)
            os.environ["DATABASE_URL"] = self.server.url
        os.environ[RUN_VARIABLE] = self.run
        os.environ["COMMANDA_DATA_DIR"] = str(self.directory / "state")
        # Tests look at once.
        os.environ["COMMANDA_KEPT_SUMS_LAG_SECONDS"] = "0"
        compile_translations(LOCALE_DIR)
        atexit.register(self.end)

    def end(self) -> None:
        """Stop, drop and remove everything; twice does no harm."""
        atexit.unregister(self.end)
        if self.server is not None:
            self.server.release()
        else:
            drop_databases(os.environ["DATABASE_URL"], self.run)
        shutil.rmtree(self.directory, ignore_errors=True)


def sweep() -> None:
    """Remove the servers and directories of sessions that were killed."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = directory.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)) and os.access(directory, os.W_OK):
            with suppress(embedded.errors.EmbeddedError, OSError):
                embedded.stop(directory / "db")
            shutil.rmtree(directory, ignore_errors=True)


def drop_databases(url: str, run: str) -> None:
    """Drop the test databases of `run` on a server that outlives us."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [run]).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _end_on_signal(number: int, _frame: object) -> None:
    """Make SIGTERM and SIGHUP end the session like Ctrl-C, so that the server is stopped."""
    raise KeyboardInterrupt(signal.Signals(number).name)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start before pytest-django loads the settings."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ["COMMANDA_DATA_DIR"] += f"-{worker}"
    else:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _end_on_signal)
        try:
            session = ThrowAway()
        except embedded.errors.EmbeddedError as error:
            raise pytest.UsageError(str(error)) from None
        early_config.add_cleanup(session.end)
    # Where collected static files would lie: whitenoise warns when the place is missing.
    (Path(os.environ["COMMANDA_DATA_DIR"]) / "static").mkdir(parents=True)
    return (yield)
