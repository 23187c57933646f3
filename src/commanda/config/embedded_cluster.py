"""One PostgreSQL data directory: made whole or not at all, started, watched and stopped."""

import locale
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from commanda.config import embedded_errors as errors
from commanda.config.embedded_account import Account, command_as, environment, popen_user
from commanda.config.embedded_log import ServerLog
from commanda.config.embedded_process import (
    CLUSTER_NAME,
    orphaned_backends,
    read_pid_file,
    running_pid,
    serves,
    wait_gone,
)
from commanda.config.embedded_socket import DATABASE, USER, url

MAJOR = 18
ROOM_TO_MAKE_MB = 150
ROOM_TO_START_MB = 40
START_SECONDS = 120.0

CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory_mb(limit: Path = CONTAINER_LIMIT) -> int:
    """What this machine has, or this container of it."""
    total = psutil.virtual_memory().total
    with suppress(OSError, ValueError):  # "max": no limit
        total = min(total, int(limit.read_text()))
    return total // 2**20


# For a machine that also runs the web server; whoever needs more runs a server of his own. What is often read is copied
# from the system's memory again and again if it has no room here.
_MEMORY_MB = memory_mb()
SETTINGS = {
    "listen_addresses": "",
    "cluster_name": CLUSTER_NAME,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": f"{min(max(_MEMORY_MB // 12, 128), 2048)}MB",
    "effective_cache_size": f"{max(_MEMORY_MB // 3, 512)}MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "min_wal_size": "160MB",
    # Whole pages go into the log when they are first touched after a checkpoint. To press them (by pglz, all that this
    # build has) took three quarters of an insert's CPU; fewer checkpoints keep the log small instead.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # No customer's name or phone in the log: neither the statement nor the offending values are written.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """The data directory `data_dir/postgres` and the server on it; callers hold the start lock."""

    def __init__(self, data_dir: Path, socket_dir: Path, account: Account) -> None:
        self.data_dir = data_dir
        self.data = data_dir / "postgres"
        self.socket_dir = socket_dir
        self.account = account
        self.log = ServerLog(data_dir / "postgres.log", self.data)

    def make_ready(self, *, say: Callable[[str], None] | None) -> None:
        """Make the data directory if there is none, and check it; raises what stands in the way."""
        for leftover in self.data_dir.glob("postgres.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if not self.data.exists() or not any(self.data.iterdir()):
            self._need_room(ROOM_TO_MAKE_MB)
            if say:
                say("Making the database …")
            self._make()
        self._check()
        self._need_room(ROOM_TO_START_MB)
        self._clear_stale_lock()
        self._own_socket_dir()

    def launch(self, extra: Mapping[str, str], *, durable: bool, say: Callable[[str], None] | None = None) -> int:
        """Start the server and wait until it answers; returns its process number."""
        settings = {**SETTINGS, **({} if durable else NOT_DURABLE), **extra}
        settings["unix_socket_directories"] = str(self.socket_dir)
        arguments = ["-D", str(self.data)]
        for name, value in settings.items():
            arguments += ["-c", f"{name}={value}"]
        self.log.turn_over()
        deadline = time.monotonic() + START_SECONDS
        while True:
            child = self._spawn(arguments)
            try:
                ready = self._wait_ready(child, say)
            except BaseException:
                child.send_signal(signal.SIGINT)
                child.wait(START_SECONDS)
                raise
            if ready:
                return child.pid
            if not self.log.tells_of_orphans() or time.monotonic() > deadline:
                raise self.log.why()
            for backend in orphaned_backends(self.data):
                with suppress(OSError):
                    os.kill(backend.pid, signal.SIGQUIT)
            time.sleep(0.2)

    def stop(self, seconds: float) -> bool:
        """End the server (fast: transactions in flight are rolled back); False when none ran."""
        pid = running_pid(self.data)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        if not self._wait_end(pid, seconds):
            raise errors.StopFailed(pid, seconds)
        return True

    def answers(self, *, within: float) -> bool:
        """True as soon as the server accepts a connection; False when it does not in time."""
        deadline = time.monotonic() + within
        while running_pid(self.data) is not None:
            try:
                self._connect("postgres").close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline or not self._is_coming_up():
                    return False
                time.sleep(0.05)
            else:
                return True
        return False

    def ensure_database(self) -> None:
        """Create the database `commanda` if it is not there yet."""
        with self._connect("postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(url(self.socket_dir, database), autocommit=True, connect_timeout=10)

    def _is_coming_up(self) -> bool:
        """True while the server replays its log after a crash (it refuses connections until then)."""
        found = read_pid_file(self.data)
        return found is not None and found.status != "ready"

    def _make(self) -> None:
        """initdb beside, then rename: a data directory is complete or does not exist."""
        fresh = self.data_dir / f"postgres.new-{os.getpid()}"
        fresh.mkdir(mode=0o700)
        if not self.account.is_ourselves:
            os.chown(fresh, self.account.uid, self.account.gid)
        arguments = ["-D", str(fresh), "-U", USER, "--auth-local=trust", "--auth-host=reject"]
        arguments += ["--encoding=UTF8", "--locale=C", f"--lc-ctype={_ctype()}"]
        arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        command = command_as(self.account, self.data_dir, "initdb", arguments)
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd="/",
            env=environment(),
            **popen_user(self.account, command),  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            self.log.append(done.stdout + done.stderr)
            raise self.log.why(done.stderr)
        fresh.rename(self.data)

    def _check(self) -> None:
        if not os.access(self.data, os.R_OK | os.X_OK):
            raise errors.NotWritable(self.data, "permission denied")
        version = self.data / "PG_VERSION"
        if not version.is_file():
            raise errors.Corrupt(self.data, "PG_VERSION is missing")
        found = version.read_text().strip()
        if found != str(MAJOR):
            raise errors.WrongMajor(self.data, found or "an unknown version", MAJOR)
        for name in ("global/pg_control", "base", "pg_wal", "pg_hba.conf", "postgresql.conf"):
            if not (self.data / name).exists():
                raise errors.Corrupt(self.data, f"{name} is missing")
        if self.data.stat().st_uid == 0:
            self._give_away(self.data)

    def _give_away(self, top: Path) -> None:
        """Root's copy of a data directory (a restored back-up) becomes the server account's."""
        for folder, _, files in os.walk(top):
            os.chown(folder, self.account.uid, self.account.gid)
            for name in files:
                os.chown(Path(folder) / name, self.account.uid, self.account.gid, follow_symlinks=False)

    def _need_room(self, needed_mb: int) -> None:
        free_mb = shutil.disk_usage(self.data_dir).free // 1024**2
        if free_mb < needed_mb:
            raise errors.DiskFull(self.data_dir, free_mb, needed_mb)

    def _clear_stale_lock(self) -> None:
        """Remove a lock file whose process number now belongs to something that is not our server.

        PostgreSQL itself overcomes a lock whose process is dead; it refuses when the number was given to
        another program since, or belongs to a zombie that nobody collects.
        """
        found = read_pid_file(self.data)
        if found is not None and not serves(found.pid, self.data):
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            (self.socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        elif found is None:
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _own_socket_dir(self) -> None:
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        if not self.account.is_ourselves:
            os.chown(self.socket_dir, self.account.uid, self.account.gid)
        self.socket_dir.chmod(0o700)

    def _spawn(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        command = command_as(self.account, self.data_dir, "postgres", arguments)
        with self.log.open() as output:
            # A session of its own: Ctrl-C at the terminal must not reach it, we stop it after the rest.
            child: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=environment(),
                start_new_session=True,
                **popen_user(self.account, command),  # type: ignore[call-overload]
            )
        return child

    def _wait_ready(self, child: subprocess.Popen[bytes], say: Callable[[str], None] | None) -> bool:
        """True when the server is ready, False when it ended instead; recovery may take long."""
        started, told = time.monotonic(), False
        while child.poll() is None:
            found = read_pid_file(self.data)
            if found and found.pid == child.pid and found.status == "ready":
                return True
            if say and not told and time.monotonic() - started > 3:
                say("The database recovers from an unclean end …")
                told = True
            time.sleep(0.01)
        return False

    def _wait_end(self, pid: int, seconds: float) -> bool:
        """Wait for the end; a child of ours is collected so that it does not stay as a zombie."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if wait_gone(pid, 0):
                return True
            time.sleep(0.01)
        return False


def _ctype() -> str:
    """The character classes for pg_trgm: it sees no Arabic letter under plain C."""
    for name in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
        with suppress(locale.Error):
            before = locale.setlocale(locale.LC_CTYPE)
            locale.setlocale(locale.LC_CTYPE, name)
            locale.setlocale(locale.LC_CTYPE, before)
            return name
    return "C"
