"""A streaming replica of the test's database server, made by the embedded server's own pg_basebackup."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection

from commanda.config import embedded
from commanda.config.embedded_account import environment, program
from commanda.config.embedded_socket import socket_dir, url
from tests.config.test_embedded import wait_dead
from tests.events.serving import database_url
from tests.ops.processes import WAIT_SECONDS
from tests.plugin_postgres import SETTINGS


class Replica:
    """A running replica; `url` leads to the test's database on it."""

    def __init__(self, directory: Path, server: embedded.Server) -> None:
        self.url = url(socket_dir(directory), connection.settings_dict["NAME"])
        self._server = server

    def ask(self, sql: str) -> object:
        """The one value of a statement run on the replica."""
        with psycopg.connect(self.url, autocommit=True) as replica:
            row = replica.execute(sql).fetchone()
        return row[0] if row else None

    def die(self) -> None:
        """End it as a failing host would."""
        self._server.release()
        wait_dead(self._server.pid)


@contextmanager
def streaming_replica(directory: Path) -> Iterator[Replica]:
    """Copy the primary while it runs, and follow it."""
    with connection.cursor() as cursor:
        # The server of the tests answers before a commit is written down; one with a replica does not.
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = on')
    connection.close()
    directory.mkdir()
    directory.chmod(0o711)
    subprocess.run(
        [
            str(program("pg_basebackup")),
            *("--dbname", database_url()),
            *("--pgdata", str(directory / "postgres")),
            *("--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf"),
        ],
        env=environment(),
        check=True,
        capture_output=True,
        timeout=WAIT_SECONDS,
    )
    server = embedded.start(directory, durable=False, settings={**SETTINGS, "shared_buffers": "64MB"})
    try:
        yield Replica(directory, server)
    finally:
        server.release()
