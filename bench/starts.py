"""`commanda up` on existing data: how long until it answers, and what it holds in memory at rest."""

import http.client
import time
from collections.abc import Iterator, Mapping

from bench.house import HOST, House, Program, free_port, memory_mib
from bench.results import Figure

PAGES = ("/orders/", "/orders/?stage=delivered", "/")
REST_SECONDS = 3.0


def start(house: House, cookies: Mapping[str, str]) -> Iterator[Figure]:
    """Start twice: the first start may collect files, as after an upgrade. Needs the database released."""
    environment = {**house.environment, "DATABASE_URL": ""}
    _up(house, environment, {})
    seconds, mib = _up(house, environment, cookies)
    yield Figure("start", "start of `commanda up` on existing data", seconds, "s", values={"seconds": seconds})
    yield Figure(
        "memory", "memory of web + worker at rest (all processes but PostgreSQL)", mib, "MiB", values={"mib": mib}
    )


def _up(house: House, environment: dict[str, str], cookies: Mapping[str, str]) -> tuple[float, float]:
    """Seconds until it answers; MiB after some pages and a rest. Stops it again."""
    port = free_port()
    started = time.monotonic()
    program = Program(house, "up", "--port", str(port), environment=environment)
    try:
        program.wait_healthy(port)
        seconds = time.monotonic() - started
        # Several times, so that each of the web server's processes has loaded what it needs.
        for cookie in [*cookies.values()] * 4:
            for path in PAGES:
                _look(port, path, cookie)
        if cookies:
            time.sleep(REST_SECONDS)
        return seconds, memory_mib(program.process.pid)
    finally:
        program.end()


def _look(port: int, path: str, cookie: str) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", path, headers={"Cookie": f"sessionid={cookie}"})
    connection.getresponse().read()
    connection.close()
