"""The real server of live updates for a test, in a thread, on the test's database; and browsers that listen to it."""

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.test import Client
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from commanda.accounts.models import User
from commanda.events.app import Events
from tests.config.running import free_port

WAIT_SECONDS = 10.0


def database_url() -> str:
    """Where the test's own database is, as a URL that psycopg and the settings read."""
    given = connection.settings_dict
    user, password, host = (quote(given[name], safe="") for name in ("USER", "PASSWORD", "HOST"))
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgresql://{user}{':' if password else ''}{password}@{host}{port}/{given['NAME']}"


def session_of(user: User) -> str:
    """The cookie of a browser in which the user has signed in."""
    client = Client()
    client.force_login(user)
    return str(client.cookies["sessionid"].value)


class Served:
    """`commanda events` without its process, on a port or a socket's path; other options go to `Events`."""

    def __init__(self, *, path: Path | None = None, **options: Any) -> None:
        self.port = free_port()
        self._path = path
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.browsers: list[Browser] = []
        self.run(self._start(options))
        until(lambda: self.events.listener.is_connected)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(WAIT_SECONDS)

    async def _start(self, options: dict[str, Any]) -> None:
        self.events = Events(url=database_url(), secret=settings.SECRET_KEY, **options)
        self._server = Server(
            self.events,
            port=self.port,
            uds=self._path,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            log_enabled=False,
        )
        await self.events.start()
        self._serving = self.loop.create_task(self._server.serve())

    async def _stop(self) -> None:
        await self.events.stop()
        self._server.stop()
        await asyncio.wait_for(self._serving, WAIT_SECONDS)

    def stop(self) -> None:
        self.run(self._stop())
        for browser in self.browsers:
            browser.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(WAIT_SECONDS)

    def listen(self, session: str) -> "Browser":
        """A browser with a stream; it is counted when this returns."""
        browser = Browser(self.port, session)
        self.browsers.append(browser)
        return browser


class Browser:
    """Reads one stream line by line, as it comes."""

    def __init__(self, port: int, session: str, path: str = "/events", method: str = "GET") -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                headers = {"Cookie": f"theme=dark; sessionid={session}"} if session else {}
                self._connection.request(method, path, headers=headers)
                self._socket = self._connection.sock
                self.answer = self._connection.getresponse()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        self.status = self.answer.status
        self.lines: list[str] = []
        self.is_closed = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if self.status == 200 and path == "/events":
            until(lambda: "" in self.lines)

    def _read(self) -> None:
        try:
            while line := self.answer.readline():
                self.lines.append(line.decode().rstrip("\n"))
        except (OSError, http.client.HTTPException, AttributeError, ValueError):
            pass
        self.is_closed = True

    @property
    def topics(self) -> set[str]:
        """All that was heard so far."""
        return {topic for line in self.lines if line.startswith("data: ") for topic in line[6:].split(" ")}

    def forget(self) -> None:
        self.lines.clear()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join(WAIT_SECONDS)
        self._connection.close()


def until(condition: Any, seconds: float = WAIT_SECONDS) -> None:
    """Wait until it is true; fails when it does not become so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)
