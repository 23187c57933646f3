"""`commanda up`: one start for everything, one end for everything, whatever happens in between."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import psutil
import psycopg
import pytest

from commanda.config import embedded
from commanda.config.embedded_process import running_pid
from commanda.config.processes import Child
from tests.config.running import READY_LINE, Up, child, environment, free_port, processes_of

# These tests share a data directory, made by the first start; one worker runs them all.
pytestmark = pytest.mark.xdist_group("up")

Start = Callable[..., Up]


@pytest.fixture(scope="module")
def shop() -> Iterator[Path]:
    top = Path(tempfile.mkdtemp(prefix="commanda-up-"))
    top.chmod(0o711)
    yield top / "var"
    shutil.rmtree(top)


@pytest.fixture
def start(shop: Path) -> Iterator[Start]:
    started: list[Up] = []

    def begin(*options: str) -> Up:
        up = Up(shop, free_port(), *options)
        started.append(up)
        up.wait_for(READY_LINE)
        return up

    yield begin
    for up in started:
        up.end()
    assert processes_of(shop) == []


def run_up(data_dir: Path, port: int) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "commanda.config.cli", "up", "--port", str(port)]
    return subprocess.run(line, env=environment(data_dir), capture_output=True, text=True, check=False, timeout=120)


def note(shop: Path, text: str) -> list[str]:
    """Write a row into the running shop; returns all rows."""
    with psycopg.connect(embedded.default_url(shop)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS test_note (text text)")
        connection.execute("INSERT INTO test_note VALUES (%s)", [text])
        return [row[0] for row in connection.execute("SELECT text FROM test_note").fetchall()]


def test_everything_starts_and_ends_when_started_and_ended_with_ctrl_c(
    start: Start, shop: Path, tmp_path: Path
) -> None:
    up = start()
    assert f"http://127.0.0.1:{up.port}" in up.text
    assert "first-run page" in up.text
    assert up.get("/healthz") == (200, b'{"status": "ok"}')
    assert up.wait_ready()["problems"] == []
    assert up.get("/")[0] in {200, 302}
    assert up.get("/events") == (401, b"sign in first")

    second = run_up(shop, free_port())
    assert second.returncode == 2
    assert f"already running with the data in {shop} (process {up.process.pid}" in second.stderr

    same_port = run_up(tmp_path / "other", up.port)
    assert same_port.returncode == 2
    assert f"Port {up.port} of 127.0.0.1 is not free" in same_port.stderr
    assert f"--port {up.port + 1}" in same_port.stderr

    groups = {os.getpgid(child(shop, name).pid) for name in ("web", "worker", "events")}
    assert len(groups) == 1
    assert note(shop, "kept") == ["kept"]
    assert up.end(signal.SIGINT) == 0
    assert "Commanda has ended." in up.text
    assert processes_of(shop) == []


def test_second_start_prepares_nothing_and_keeps_the_rows_when_nothing_changed(start: Start, shop: Path) -> None:
    first = start()
    note(shop, "from the first start")
    first.end()
    up = start()
    assert "Bringing the database up to date" not in up.text
    assert "Collecting" not in up.text
    assert "from the first start" in note(shop, "again")
    assert up.end(signal.SIGTERM) == 0


def test_next_start_works_when_the_last_one_was_killed(start: Start, shop: Path) -> None:
    up = start()
    rows = note(shop, "before the kill")
    old = {process.pid for process in processes_of(shop)}
    up.process.kill()
    up.process.wait()
    again = Up(shop, up.port)
    again.wait_for(READY_LINE)
    try:
        left = old & {process.pid for process in processes_of(shop)}
        # The database was found and is used on; everything else is new.
        assert left == {process.pid for process in processes_of(shop) if process.name() == "postgres"} & old
        assert "worker" not in again.wait_ready()["problems"]
        assert note(shop, "after the kill") == [*rows, "after the kill"]
    finally:
        assert again.end(signal.SIGHUP) == 0


HELPERS = [("worker", "worker"), ("events", "server of live updates"), ("web", "web server")]


def runs(process: psutil.Process, command: str) -> bool:
    """Whether it is that part of the program; one that has just ended is none."""
    try:
        return process.cmdline()[3:4] == [command]
    except psutil.Error:
        return False


@pytest.mark.parametrize(("command", "name"), HELPERS)
def test_part_is_started_again_when_it_dies(start: Start, shop: Path, command: str, name: str) -> None:
    up = start()
    up.wait_ready()
    killed = child(shop, command)
    family = {killed.pid, *(process.pid for process in killed.children(recursive=True))}
    killed.kill()
    up.wait_for(f"The {name} has ended unexpectedly (code -9); starting it again.")
    deadline = time.monotonic() + 60
    found: set[int] = set()
    while not found or found & family:  # the children of a killed one end by themselves
        assert time.monotonic() < deadline
        time.sleep(0.05)
        found = {one.pid for one in processes_of(shop) if runs(one, command)}
    assert up.answers()


def test_database_is_started_again_when_it_dies(start: Start, shop: Path) -> None:
    up = start()
    rows = note(shop, "before the database was killed")
    killed = running_pid(shop / "postgres")
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    up.wait_for("The database had ended unexpectedly; it runs again.")
    assert running_pid(shop / "postgres") not in {killed, None}
    assert note(shop, "after") == [*rows, "after"]
    assert "worker" not in up.wait_ready()["problems"]


def test_part_is_given_up_when_it_ends_at_its_start_five_times_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Child("worker", ["worker"], cast("subprocess.Popen[bytes]", None))
    assert [part.gives_up() for _time in range(4)] == [False] * 4
    with monkeypatch.context() as patch:
        patch.setattr(part, "started_at", time.monotonic() - 60)
        assert not part.gives_up()
    assert [part.gives_up() for _time in range(5)] == [False] * 4 + [True]


def test_nothing_stays_behind_when_ended_while_it_is_still_starting(shop: Path) -> None:
    for seconds in (0.2, 0.6, 1.2):
        up = Up(shop, free_port())
        time.sleep(seconds)
        up.end(signal.SIGTERM)
        assert processes_of(shop) == []


def test_port_is_named_when_a_stranger_listens_there(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        done = run_up(tmp_path, stranger.getsockname()[1])
    assert done.returncode == 2
    assert "is not free" in done.stderr
    assert done.stderr.count("\n") == 1
    assert processes_of(tmp_path) == []
