"""The front of `commanda up`: one address for the browser, `/events` for the stream, the rest for the web server.

It cuts the client's bytes into requests, says with each from which address it came, and passes everything on as it
is; answers are not looked at. A header whose name only we and the web server know carries the address, so that a
client cannot claim another one. What it costs: ADR 13.
"""

import asyncio
import resource
import threading
from contextlib import suppress
from pathlib import Path
from typing import cast

from commanda.config.cli_errors import CliError
from commanda.config.front_requests import Framing, Head, HeadTooLong, Malformed, RequestReader

START_SECONDS = 10.0
# A client that does not get its request's head together in this time is sent away.
HEAD_SECONDS = 30.0
SWEEP_SECONDS = 5.0
BACKLOG = 1_024
STREAM_PATH = b"/events"


class Front:
    """Listens in a thread of its own between `start` and `stop`."""

    def __init__(self, *, host: str, port: int, web: Path, events: Path, header: str) -> None:
        self._where = host, port
        self.web = web
        self.events = events
        self.header = header
        self.header_line = header.encode() + b": "
        self.connections: set[Client] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        """Listen. Raises CliError when the port was taken meanwhile."""
        _allow_many_files()
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_SECONDS)
        except OSError as error:
            self.stop()
            raise CliError(f"Port {self._where[1]} of {self._where[0]} is not free ({error.strerror}).") from None

    def stop(self) -> None:
        """Close the port and every connection."""
        if not self._thread.is_alive():
            return
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(lambda: Client(self), *self._where, backlog=BACKLOG)
        self._sweeper = self._loop.create_task(self._sweep())

    async def _close(self) -> None:
        if self._server is not None:
            self._sweeper.cancel()
            self._server.close()
        for connection in list(self.connections):
            connection.end()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            oldest = self._loop.time() - HEAD_SECONDS
            for connection in list(self.connections):
                if connection.waits_since is not None and connection.waits_since < oldest:
                    connection.end()


class Client(asyncio.Protocol):
    """A browser's connection. It has one connection to the web server, or, from the first `/events` on, a stream."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._reader = RequestReader()
        self._upstream: Upstream | None = None
        self._held: list[bytes] = []
        self._is_stream = False
        self._is_connecting = False
        self.waits_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # what a listening socket gives
        self._address = str((transport.get_extra_info("peername") or ("",))[0]).encode()
        self._front.connections.add(self)
        self.waits_since = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        if self._is_stream:
            self.end()  # a browser asks nothing more on a connection that carries a stream
            return
        try:
            for part in self._reader.feed(data):
                if isinstance(part, Head):
                    if self._is_stream or (self._is_connecting and part.path == STREAM_PATH):
                        raise Malformed
                    self._begin(part)
                else:
                    self._pass_on(part)
        except HeadTooLong:
            self.refuse(b"431 Request Header Fields Too Large")
        except Malformed:
            self.refuse(b"400 Bad Request")
        else:
            is_partial = self._reader.has_partial_head
            self.waits_since = (self.waits_since or asyncio.get_running_loop().time()) if is_partial else None

    def _begin(self, head: Head) -> None:
        line = self._front.header_line + self._address + b"\r\n"
        is_stream = head.path == STREAM_PATH
        if is_stream and self._upstream is not None:
            self._upstream.leave()
            self._upstream = None
        self._is_stream = is_stream
        # Where a body ends by itself only, the web server shall close: nothing can follow it here.
        closing = b"Connection: close\r\n" if head.framing is Framing.UNTIL_CLOSE else b""
        self._pass_on(head.line + line + head.fields + closing + b"\r\n")

    def _pass_on(self, data: bytes) -> None:
        if self._upstream is not None:
            self._upstream.transport.write(data)
            return
        self._held.append(data)
        if not self._is_connecting:
            self._is_connecting = True
            path = self._front.events if self._is_stream else self._front.web
            self._connecting = asyncio.ensure_future(self._connect(path))

    async def _connect(self, path: Path) -> None:
        try:
            transport, upstream = await asyncio.get_running_loop().create_unix_connection(
                lambda: Upstream(self), str(path)
            )
        except OSError:
            self._is_connecting = False
            self.refuse(b"503 Service Unavailable")
            return
        self._is_connecting = False
        upstream.transport = transport
        if self.transport.is_closing():
            upstream.leave()
            return
        self._upstream = upstream
        held, self._held = self._held, []
        transport.writelines(held)

    def eof_received(self) -> bool:
        """A client may end its half and still read the answer."""
        if self._upstream is None:
            return False
        if self._upstream.transport.can_write_eof():
            self._upstream.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self._upstream is not None:
            self._upstream.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._upstream is not None:
            self._upstream.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._front.connections.discard(self)
        if self._upstream is not None:
            self._upstream.leave()

    def refuse(self, status: bytes) -> None:
        """Answer ourselves, and close."""
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self.end()

    def end(self) -> None:
        """Close when everything written has been sent."""
        self.waits_since = None
        self.transport.close()


class Upstream(asyncio.Protocol):
    """The connection behind a client's; nothing comes through before the client has written to `transport`."""

    transport: asyncio.Transport

    def __init__(self, client: Client) -> None:
        self._client: Client | None = client

    def data_received(self, data: bytes) -> None:
        if self._client is not None:
            self._client.transport.write(data)

    def pause_writing(self) -> None:
        if self._client is not None:
            self._client.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._client is not None:
            self._client.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self._client is not None:
            self._client.end()

    def leave(self) -> None:
        """The client needs us no more."""
        self._client = None
        self.transport.abort()


def _allow_many_files() -> None:
    """Each open page holds two descriptors here: take what the system grants without asking."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
