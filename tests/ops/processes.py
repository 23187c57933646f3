"""Programs of Commanda as separate processes, as on hosts of their own: a data directory each, one database."""

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

from tests.config.running import free_port

WAIT_SECONDS = 90.0


class Program:
    """`commanda NAME …` with its own data directory; `end` or `kill` it."""

    def __init__(self, directory: Path, database_url: str, *arguments: str, **environment: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        # whitenoise warns when the place is missing
        (directory / "static").mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PROMETHEUS_")}
        self.environment = {
            **kept,
            "DATABASE_URL": database_url,
            "COMMANDA_DATA_DIR": str(directory),
            "COMMANDA_SECRET_KEY": settings.SECRET_KEY,
            **environment,
        }
        self.log = directory / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "commanda.config.cli", *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Like a host that loses its power: the program and what it forked, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """Properly; nothing happens to one that is gone."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()


class Web(Program):
    """`commanda web` on a free port of loopback; it answers when the constructor returns."""

    def __init__(self, directory: Path, database_url: str, *, workers: int = 2, **environment: str) -> None:
        self.port = free_port()
        options = ("--port", str(self.port), "--workers", str(workers))
        super().__init__(directory, database_url, "web", *options, **environment)
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                assert self.get("/healthz")[0] == 200
                return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.1)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text, on a connection of its own: any of the processes may answer."""
        return self.request("GET", path, **headers)

    def request(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
        connection.request(method, path, body=body.encode() or None, headers=sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text
