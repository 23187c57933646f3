"""Where the time of one request goes: `python -m bench --profile create`. In this process, one client, no network."""

import cProfile
import io
import json
import pstats
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench import people, writes

WARM_UP, TURNS, SHOWN = 30, 300, 30
Environ = dict[str, Any]
Call = tuple[str, str]


def _create() -> Iterator[Call]:
    skus = writes.skus()
    while True:
        yield "/api/v1/orders", json.dumps(writes.order_body(skus))


def _confirm() -> Iterator[Call]:
    ids = writes.new_orders(writes.variants(), WARM_UP + 2 * TURNS)
    for _method, path, body in writes.moves(ids):
        yield path, body or ""


SCENES: dict[str, Callable[[], Iterator[Call]]] = {"create": _create, "confirm": _confirm}


def profile(scene: str, say: Callable[[str], None]) -> None:
    """Print time per request (in all, and waiting for the database), its statements, and the costliest functions."""
    from django.db import connection

    from commanda.config.wsgi import application

    calls = SCENES[scene]()
    key = people.key()

    def turn() -> None:
        path, body = next(calls)
        list(application(_environ(path, body, key), _accept))

    for _number in range(WARM_UP):
        turn()
    waited: list[float] = []

    def timed(execute: Callable[..., Any], *arguments: Any) -> Any:
        before = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            waited.append(time.perf_counter() - before)

    started = time.perf_counter()
    with connection.execute_wrapper(timed):
        for _number in range(TURNS):
            turn()
    whole = (time.perf_counter() - started) * 1000 / TURNS
    in_sql = sum(waited) * 1000 / TURNS
    statements = f"{len(waited) / TURNS:.1f} statements, those that frame a transaction not counted"
    say(f"{scene}: {whole:.2f} ms a request, {in_sql:.2f} ms of it in {statements}")
    profiler = cProfile.Profile()
    profiler.enable()
    for _number in range(TURNS):
        turn()
    profiler.disable()
    for order in ("tottime", "cumulative"):
        text = io.StringIO()
        pstats.Stats(profiler, stream=text).sort_stats(order).print_stats(SHOWN)
        say(f"\nThe costliest of {TURNS} requests by {order}:\n" + text.getvalue().partition("ncalls")[2])


def _accept(status: str, headers: list[tuple[str, str]], *_: object) -> None:
    if not status.startswith("2"):
        raise RuntimeError(f"the request failed: {status}")


def _environ(path: str, body: str, key: str) -> Environ:
    content = body.encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {key}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(content)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content),
        "wsgi.errors": io.StringIO(),
    }
