"""A throw-away Commanda: its own durable PostgreSQL and web server, ended by their process numbers."""

import atexit
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from commanda.config import embedded
from commanda.config.embedded_process import is_alive
from commanda.config.paths import BASE_DIR, LOCALE_DIR
from commanda.config.translations import compile_translations

PREFIX = "commanda-bench-"
HOST = "127.0.0.1"
START_SECONDS = 60.0


class House:
    """Directory, database and addresses of one run. Make it before Django is loaded; `close` ends all of it.

    In a `kept` directory the data stays when the run ends, and the next run with the same directory finds it.
    """

    def __init__(self, kept: Path | None = None) -> None:
        _sweep()
        self.is_kept = kept is not None
        self.directory = kept.resolve() if kept else Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.directory.chmod(0o711)  # the account of the server must be able to pass when we are root
        self.data_dir = self.directory / "var"
        self.server = embedded.start(self.data_dir)
        atexit.register(self.close)
        self.url = self.server.url
        self.environment = {
            **os.environ,
            "COMMANDA_DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.url,
            "COMMANDA_API_RATE": "0",  # how fast it is, not how fast a key may be
            "DJANGO_SETTINGS_MODULE": "commanda.config.settings",
            "PYTHONPATH": os.pathsep.join(filter(None, [str(BASE_DIR), os.environ.get("PYTHONPATH", "")])),
        }
        os.environ.update(self.environment)
        (self.data_dir / "static").mkdir(exist_ok=True)

    def migrate(self) -> None:
        """Load Django in this process and bring the empty database up to date."""
        import django
        from django.core.management import call_command

        compile_translations(LOCALE_DIR)
        django.setup()
        call_command("createcachetable", verbosity=0)
        call_command("migrate", verbosity=0, interactive=False)
        with self.connect() as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def connect(self) -> psycopg.Connection:
        """A connection of our own, beside Django's."""
        return psycopg.connect(self.url, autocommit=True)

    def release_database(self) -> None:
        """Stop the database; the data stays. Django's connections are closed first."""
        from django.db import connections

        connections.close_all()
        self.server.release()

    def close(self) -> None:
        """Stop the server and remove everything that is not kept; twice does no harm."""
        atexit.unregister(self.close)
        self.server.release()
        if not self.is_kept:
            shutil.rmtree(self.directory, ignore_errors=True)


class Program:
    """A child `commanda …` in a process group of its own, with its output in a file."""

    def __init__(self, house: House, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self.log = house.directory / f"{arguments[0]}.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "commanda.config.cli", *arguments],
                env=environment or house.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    def family(self) -> list[psutil.Process]:
        """The program and all that it started."""
        return family(self.process.pid)

    def wait_healthy(self, port: int) -> None:
        """Return when the web server answers. Raises RuntimeError with its last words when it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection(HOST, port, timeout=5)
                connection.request("GET", "/healthz")
                status = connection.getresponse().status
                connection.close()
                if status == http.client.OK:
                    return
            time.sleep(0.01)
        raise RuntimeError(f"the web server did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def end(self) -> None:
        """SIGTERM, and SIGKILL for what is left of the family after fifteen seconds."""
        family = self.family()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(15)
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    with suppress(psutil.NoSuchProcess):
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    return []


def memory_mib(pid: int) -> float:
    """What a process and all that it started have in memory; pages shared between them count once (PSS). Without
    PostgreSQL's processes.
    """
    found = 0.0
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            if not process.name().startswith("postgres"):
                memory = process.memory_full_info()
                found += float(getattr(memory, "pss", memory.uss)) / 2**20
    return found


@contextmanager
def web_server(house: House, *, workers: int) -> Iterator[tuple[Program, int]]:
    """`commanda web` for the time of a `with`: the program and its port."""
    port = free_port()
    program = Program(house, "web", "--port", str(port), "--workers", str(workers))
    try:
        program.wait_healthy(port)
        yield program, port
    finally:
        program.end()


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _sweep() -> None:
    """Remove what a killed run left behind."""
    for directory in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = directory.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)) and os.access(directory, os.W_OK):
            with suppress(embedded.errors.EmbeddedError, OSError):
                embedded.stop(directory / "var")
            shutil.rmtree(directory, ignore_errors=True)
