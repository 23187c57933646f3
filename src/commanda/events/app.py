"""The ASGI application: `GET /events` with the session's cookie, hints as server-sent events.

A stream hears at most one message every `PAUSE_SECONDS`, with all topics since; who cannot be written to for
`SLOW_SECONDS` is dropped; the browser comes again by itself. Every `CHECK_SECONDS`, and at once when somebody's
rights, password or sessions changed, the sessions of all streams are looked at again.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import psycopg
from prometheus_client import Counter, Gauge, generate_latest

from commanda.events.access import Doorman, session_of
from commanda.events.hub import Hub, Stream, TooManyStreams
from commanda.events.listener import Listener
from commanda.kernel.hints import Hint
from commanda.kernel.scrape import CONTENT_TYPE, REFUSAL, VARIABLE, may_scrape

PATH = "/events"
PAUSE_SECONDS = 0.5
SLOW_SECONDS = 20.0
BEAT_SECONDS = 20.0
CHECK_SECONDS = 15.0
RETRY_MS = 3_000
STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    # A connection that carried a stream carries nothing else: the front of `commanda up` relies on it.
    (b"connection", b"close"),
]

STREAMS = Gauge("commanda_streams", "Open streams of live updates", multiprocess_mode="livesum")
HINTS = Counter("commanda_hints", "Hints heard from the database")

log = logging.getLogger("commanda.events")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Events:
    """The application with its listener; `start` before serving, `stop` after."""

    def __init__(
        self,
        *,
        url: str,
        secret: str,
        hub: Hub | None = None,
        check_seconds: float = CHECK_SECONDS,
        slow_seconds: float = SLOW_SECONDS,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self.hub = hub or Hub()
        self.listener = Listener(url, heard=self._heard, missed=self._missed)
        self._doorman = Doorman(url, secret)
        self._check_seconds = check_seconds
        self._slow_seconds = slow_seconds
        self._beat_seconds = beat_seconds
        self._must_check = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(run()) for run in (self.listener.run, self._check, self._beat)]

    async def stop(self) -> None:
        """End all streams; their answers are complete."""
        self.hub.end_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._doorman.close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/metrics":
            await _tell_figures(scope, send)
        elif scope["path"] != PATH:
            await _answer(send, *((200, b"ok") if scope["path"] == "/healthz" else (404, b"not found")))
        elif scope["method"] != "GET":
            await _answer(send, 405, b"GET only")
        else:
            await self._open(_header(scope, b"cookie"), receive, send)

    async def _open(self, cookies: str, receive: Receive, send: Send) -> None:
        session = session_of(cookies)
        try:
            access = await self._doorman.admit(session)
        except psycopg.Error:
            await _answer(send, 503, b"the database does not answer")
            return
        if access is None:
            await _answer(send, 401, b"sign in first")
            return
        try:
            stream = self.hub.open(session, access)
        except TooManyStreams:
            await _answer(send, 429, b"too many open pages")
            return
        STREAMS.inc()
        try:
            await self._serve(stream, receive, send)
        finally:
            self.hub.close(stream)
            STREAMS.dec()

    async def _serve(self, stream: Stream, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_until_gone(receive))
        gone.add_done_callback(lambda _task: stream.end())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": STREAM_HEADERS})
            content = f"retry: {RETRY_MS}\n\n".encode()
            while content:
                async with asyncio.timeout(self._slow_seconds):
                    await send({"type": "http.response.body", "body": content, "more_body": True})
                await asyncio.sleep(PAUSE_SECONDS)
                content = await stream.waiting()
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("A stream that nobody reads was dropped.")
        finally:
            gone.cancel()

    def _heard(self, hint: Hint) -> None:
        HINTS.inc()
        if hint.kind == "rights":
            self._must_check.set()
        else:
            self.hub.publish(hint)

    def _missed(self) -> None:
        self._must_check.set()
        self.hub.publish_everything()

    async def _check(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._check_seconds):
                    await self._must_check.wait()
            self._must_check.clear()
            streams = list(self.hub.streams)
            try:
                self.hub.admit_only(streams, await self._doorman.look({stream.session for stream in streams}))
            except psycopg.Error as error:
                # Without the database there are no hints either; the next round ends who must not listen.
                log.warning("Sessions could not be checked: %s", " ".join(str(error).split()))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._beat_seconds)
            self.hub.beat()


async def _tell_figures(scope: Message, send: Send) -> None:
    """For Prometheus, on the port of this process; a proxy passes only `PATH` on."""
    allowed = may_scrape(
        token=os.environ.get(VARIABLE, ""),
        authorization=_header(scope, b"authorization"),
        address=(scope["client"] or ("",))[0],
        headers=[name.decode("latin-1").lower() for name, _value in scope["headers"]],
    )
    if allowed:
        await _answer(send, 200, generate_latest(), CONTENT_TYPE)
    else:
        await _answer(send, 403, REFUSAL.encode())


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, status: int, text: bytes, content_type: str = "text/plain") -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(text)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text, "more_body": False})


def _header(scope: Message, name: bytes) -> str:
    return "; ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)
