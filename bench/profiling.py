"""Where the time of one request goes: `python -m bench --profile create`. In this process, one client, no network."""

import cProfile
import io
import itertools
import json
import pstats
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench import people, reads, writes
from bench.load import Request

WARM_UP, TURNS, SHOWN = 30, 200, 30


def _create() -> Iterator[Request]:
    known = writes.skus()
    while True:
        yield "POST", "/api/v1/orders", json.dumps(writes.order_body(known))


def _confirm() -> Iterator[Request]:
    return iter(writes.moves(writes.new_orders(writes.variants(), WARM_UP + 2 * TURNS)))


def _page() -> Iterator[Request]:
    return itertools.cycle(reads.filtered_pages())


def _home() -> Iterator[Request]:
    return itertools.cycle(reads.home_pages())


SCENES: dict[str, Callable[[], Iterator[Request]]] = {
    "create": _create,
    "confirm": _confirm,
    "page": _page,
    "home": _home,
}


def profile(scene: str, say: Callable[[str], None]) -> None:
    """Print time per request (in all, and around the database), its statements, and the costliest functions."""
    from django.db import connection

    turn = _Turn(SCENES[scene]())
    for _number in range(WARM_UP):
        turn()
    watch = _Watch()
    wall, cpu = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(watch):
        for _number in range(TURNS):
            turn()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    say(
        f"{scene}: {_ms(wall)} a request; {_ms(cpu)} CPU in Python, {_ms(watch.waited)} in and around "
        f"{watch.count / TURNS:.1f} statements (those that frame a transaction not counted)"
    )
    for statement, (count, seconds) in watch.by_statement.items():
        say(f"  {count / TURNS:4.1f} × {_ms(seconds)}  {' '.join(statement.split())[:110]}")
    # CPU time, not wall time: what waits for the database or for another process costs nothing here.
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for _number in range(TURNS):
        turn()
    profiler.disable()
    for order in ("tottime", "cumulative"):
        text = io.StringIO()
        pstats.Stats(profiler, stream=text).sort_stats(order).print_stats(SHOWN)
        say(f"\nThe costliest of {TURNS} requests by {order}:\n" + text.getvalue().partition("ncalls")[2].rstrip())


class _Turn:
    """Sends the next request through the WSGI application, as the administrator."""

    def __init__(self, requests: Iterator[Request]) -> None:
        from commanda.config.wsgi import application

        self.requests = requests
        self.application = application
        self.key, self.cookie = people.key(), people.cookies()["admin"]

    def __call__(self) -> None:
        environ = _environ(*next(self.requests))
        if environ["PATH_INFO"].startswith("/api/"):
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.key}"
        else:
            environ["HTTP_COOKIE"] = f"sessionid={self.cookie}"
        answer = self.application(environ, _accept)
        for _part in answer:
            pass
        answer.close()


class _Watch:
    """How long each statement took, Django's part of it included."""

    def __init__(self) -> None:
        self.waited = 0.0
        self.count = 0
        self.by_statement: dict[str, tuple[int, float]] = {}

    def __call__(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        before = time.perf_counter()
        try:
            return execute(sql, *arguments)
        finally:
            spent = time.perf_counter() - before
            self.waited += spent
            self.count += 1
            count, seconds = self.by_statement.get(sql, (0, 0.0))
            self.by_statement[sql] = count + 1, seconds + spent


def _ms(seconds: float) -> str:
    """Of one of the measured requests."""
    return f"{seconds * 1000 / TURNS:.2f} ms"


def _accept(status: str, headers: list[tuple[str, str]], *_: object) -> None:
    if not status.startswith("2"):
        raise RuntimeError(f"the request failed: {status}")


def _environ(method: str, address: str, body: str | None) -> dict[str, Any]:
    content = (body or "").encode()
    path, _mark, query = address.partition("?")
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
    }
