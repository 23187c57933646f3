"""A `commanda up` of its own for a test: started for real, asked over HTTP, ended by a signal."""

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

READY_LINE = "Ctrl-C ends it"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path) -> dict[str, str]:
    """The environment of a newcomer: no DATABASE_URL, state in `data_dir`."""
    return {**os.environ, "COMMANDA_DATA_DIR": str(data_dir), "DATABASE_URL": ""}


class Up:
    """A running `commanda up`."""

    def __init__(self, data_dir: Path, port: int, *options: str) -> None:
        self.data_dir = data_dir
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "commanda.config.cli", "up", "--port", str(port), *options],
            env=environment(data_dir),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.text = ""

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def wait_for(self, words: str, seconds: float = 240) -> str:
        """Read on until a line holds `words`; returns all that was printed."""
        deadline = time.monotonic() + seconds
        while words not in self.text:
            try:
                self.text += self._lines.get(timeout=0.1)
            except queue.Empty:
                assert self.process.poll() is None, self.text
                assert time.monotonic() < deadline, self.text
        return self.text

    def answers(self, seconds: float = 120) -> bool:
        """Whether it answers, at the latest after so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                if self.get("/healthz")[0] == http.client.OK:
                    return True
            time.sleep(0.1)
        return False

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def report(self) -> dict[str, Any]:
        """What `/readyz` says."""
        content: dict[str, Any] = json.loads(self.get("/readyz")[1])
        return content

    def wait_ready(self, seconds: float = 120) -> dict[str, Any]:
        """Wait until `/readyz` reports that all is there."""
        deadline = time.monotonic() + seconds
        while (report := self.report())["status"] != "ready":
            assert time.monotonic() < deadline, report
            time.sleep(0.1)
        return report

    def end(self, number: int = signal.SIGINT, seconds: float = 90) -> int:
        """Send a signal and wait for the end; returns the exit code and reads what was still printed."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        while not self._lines.empty():
            self.text += self._lines.get()
        return code


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Every live process, of whatever kind, that works with the data of `data_dir`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            named = process.environ().get("COMMANDA_DATA_DIR") == str(data_dir)
            if named or any(str(data_dir) in part for part in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def child(data_dir: Path, name: str) -> psutil.Process:
    """The child of `commanda up` that runs the command `name` (not what it forked)."""
    family = [process for process in processes_of(data_dir) if process.cmdline()[3:4] == [name]]
    pids = {process.pid for process in family}
    (found,) = [process for process in family if process.ppid() not in pids]
    return found
