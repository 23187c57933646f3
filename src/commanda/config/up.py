"""`commanda up`: database, web server, worker and live updates for one machine, started and ended together."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import psycopg

from commanda.config import embedded
from commanda.config.cli_errors import CliError
from commanda.config.client_address import HEADER_VARIABLE
from commanda.config.front import Front
from commanda.config.metrics.sharing import shared_values
from commanda.config.paths import BASE_DIR, data_dir
from commanda.config.prepare import EMBEDDED_VARIABLE, Prepared, demo_is_half_loaded, files_state
from commanda.config.processes import ProcessGroup
from commanda.config.up_lock import UpLock

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
END_SECONDS = 12.0
# Generous: a small machine that does other work needs a minute for what takes three seconds alone.
HEALTHY_SECONDS = 180.0
EVENTS_VARIABLE, EVENTS_PATH = "COMMANDA_EVENTS", "/events"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
OLDEST_POSTGRESQL = 160000


class Stop(Exception):
    """Somebody asked us to end (Ctrl-C, SIGTERM, SIGHUP)."""


def up(*, host: str, port: int, demo: bool) -> int:
    """Run until told to end; returns the exit code: 0 after Ctrl-C or SIGTERM, 1 when a part gave up.

    Raises CliError or EmbeddedError when the start is not possible; nothing of ours runs then.
    """
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    told_to_end = threading.Event()
    embedded.make_writable(data_dir())
    with _signals_set(told_to_end):
        lock = UpLock(data_dir(), address)
        try:
            _need_free_port(host, port)
            with _database() as (environment, server):
                code = _run(lock, environment, server, told_to_end, host=host, port=port, demo=demo, address=address)
        except Stop:
            code = 0
        finally:
            lock.release()
    _say("Commanda has ended.")
    return code


def _run(
    lock: UpLock,
    environment: dict[str, str],
    server: embedded.Server | None,
    told_to_end: threading.Event,
    *,
    host: str,
    port: int,
    demo: bool,
    address: str,
) -> int:
    _prepare(environment, told_to_end, demo=demo)
    with _front(host, port) as front, shared_values() as counting:
        group = ProcessGroup({**environment, **counting, HEADER_VARIABLE: front.header, EVENTS_VARIABLE: EVENTS_PATH})
        try:
            group.spawn("web server", "web", "--socket", str(front.web))
            lock.note(group=group.id)
            group.spawn("worker", "worker")
            group.spawn("server of live updates", "events", "--socket", str(front.events))
            _wait_healthy(group, told_to_end, front.web)
            front.start()
            _say(_welcome(address, environment["DATABASE_URL"], host=host, demo=demo))
            while not told_to_end.wait(0.2):
                if server is not None and server.revive(say=_say):
                    _complain("The database had ended unexpectedly; it runs again.")
                for child in group.ended():
                    code = child.process.returncode
                    if child.gives_up():
                        _complain(f"The {child.name} ends again and again at its start (code {code}).")
                        return 1
                    _complain(f"The {child.name} has ended unexpectedly (code {code}); starting it again.")
                    group.respawn(child)
                    lock.note(group=group.id)
            return 0
        finally:
            group.end(END_SECONDS)


@contextmanager
def _front(host: str, port: int) -> Iterator[Front]:
    """The front with a private directory for the sockets behind it."""
    with tempfile.TemporaryDirectory(prefix="commanda-up-") as directory:
        sockets = Path(directory)
        # A name that no client can guess: what it says of itself there would be believed.
        header = f"X-Commanda-{secrets.token_hex(16)}"
        front = Front(host=host, port=port, web=sockets / "web", events=sockets / "events", header=header)
        try:
            yield front
        finally:
            front.stop()


@contextmanager
def _signals_set(event: threading.Event) -> Iterator[None]:
    def handle(number: int, frame: FrameType | None) -> None:
        event.set()

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _database() -> Iterator[tuple[dict[str, str], embedded.Server | None]]:
    """The environment of the children, with a database that answers, and the embedded one, which ends last of all."""
    environment = {**os.environ, "COMMANDA_DATA_DIR": str(data_dir()), "PYTHONUNBUFFERED": "1"}
    environment["COMMANDA_STATIC_COLLECTED"] = "1"
    if environment.get("DATABASE_URL"):
        _check_server(environment["DATABASE_URL"])
        yield environment, None
        return
    with embedded.start(data_dir(), say=_say) as server:
        yield {**environment, "DATABASE_URL": server.url, EMBEDDED_VARIABLE: "1"}, server


def _check_server(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        raise CliError(f"The database of DATABASE_URL does not answer: {' '.join(str(error).split())}") from None
    if version < OLDEST_POSTGRESQL:
        raise CliError(f"The database of DATABASE_URL is PostgreSQL {version // 10000}; 16 or newer is needed.")


def _need_free_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except socket.gaierror:
        raise CliError(f"The host {host} is not known on this machine; try --host 127.0.0.1.") from None
    except PermissionError:
        raise CliError(f"Port {port} needs special rights; choose one above 1023 with --port.") from None
    except OSError as error:
        raise CliError(
            f"Port {port} of {host} is not free ({error.strerror}). Choose another one: commanda up --port {port + 1}"
        ) from None


def _prepare(environment: dict[str, str], told_to_end: threading.Event, *, demo: bool) -> None:
    """Run `commanda.config.prepare` in a process of its own, unless nothing has changed."""
    if _is_prepared(environment["DATABASE_URL"], demo=demo):
        return
    line = [sys.executable, "-m", "commanda.config.prepare", *(["--demo"] if demo else [])]
    process = subprocess.Popen(line, env=environment, stdin=subprocess.DEVNULL, process_group=0)
    try:
        while process.poll() is None:
            if told_to_end.wait(0.05):
                raise Stop
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode != 0:
        raise CliError("The preparation failed; its last words stand above. Nothing was started.")


def _is_prepared(url: str, *, demo: bool) -> bool:
    before = Prepared.read(data_dir())
    if before is None or before.files != files_state():
        return False
    if not (data_dir() / "static").is_dir():
        return False
    try:
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM django_migrations")
            found = cursor.fetchone()
            if found is None or found[0] != before.migrations or demo_is_half_loaded(cursor):
                return False
            return not demo or _has_users(cursor)
    except psycopg.errors.UndefinedTable:
        return False


def _has_users(cursor: psycopg.Cursor) -> bool:
    cursor.execute("SELECT EXISTS (SELECT FROM accounts_user)")
    found = cursor.fetchone()
    return bool(found and found[0])


def _wait_healthy(group: ProcessGroup, told_to_end: threading.Event, web: Path) -> None:
    known = os.environ.get("COMMANDA_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    request = f"GET /healthz HTTP/1.0\r\nHost: {'localhost' if known in {'', '*'} else known}\r\n\r\n".encode()
    deadline = time.monotonic() + HEALTHY_SECONDS
    while time.monotonic() < deadline:
        if told_to_end.is_set():
            raise Stop
        ended = group.ended()
        if ended:
            raise CliError(f"The {ended[0].name} did not start; its last words stand above.")
        with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(web))
            connection.sendall(request)
            if b" 200 " in connection.recv(64):
                return
        time.sleep(0.05)
    raise CliError(f"The web server has not answered within {HEALTHY_SECONDS:.0f} s.")


def _welcome(address: str, url: str, *, host: str, demo: bool) -> str:
    lines = ["", f"Commanda answers at {address}"]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        has_users = _has_users(cursor)
    if demo:
        lines += ["", *_sign_ins()]
    elif not has_users:
        lines.append("The first-run page is waiting there for its first administrator.")
    if host not in LOOPBACK and "COMMANDA_HOSTS" not in os.environ:
        lines.append("It answers to the name localhost only; set COMMANDA_HOSTS to the names others use.")
    lines += ["", "Ctrl-C ends it; the data stays."]
    return "\n".join(lines)


def _sign_ins() -> list[str]:
    sys.path.insert(0, str(BASE_DIR))
    from demo.accounts import SIGN_INS

    return [f"  {role:<12}{email:<34}{password}" for role, email, password in SIGN_INS]


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(f"commanda: {text}", file=sys.stderr, flush=True)
