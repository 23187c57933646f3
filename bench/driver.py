"""The clients: a process of its own, so that its interpreter lock hides nothing of the server.

Reads one JSON object from stdin and writes one to stdout; see `drive`. Needs nothing but the standard library.
"""

import http.client
import itertools
import json
import sys
import threading
import time
from typing import Any

TIMEOUT_SECONDS = 60
KEPT_PROBLEMS = 3


class Clients:
    """`clients` threads in a closed loop, each with one kept-alive connection."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.port: int = order["port"]
        self.headers: dict[str, str] = order["headers"]
        self.seconds: float = order["seconds"]
        self.requests: list[list[Any]] = order["requests"]
        self.warm_up: int = order["warm_up"]
        self.may_repeat: bool = order["may_repeat"]
        self.samples: list[tuple[float, float, int]] = []
        self.problems: list[str] = []
        self._numbers = itertools.count()
        self._barrier = threading.Barrier(order["clients"], action=self._begin)
        self._started = 0.0
        self._threads = [threading.Thread(target=self._work) for _number in range(order["clients"])]

    def run(self) -> None:
        """Work until the time is over or the requests are used up."""
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()

    def _begin(self) -> None:
        self._started = time.perf_counter()

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        for _turn in range(self.warm_up):
            self._send(connection)
        self._barrier.wait()
        while time.perf_counter() - self._started < self.seconds:
            before = time.perf_counter()
            status = self._send(connection)
            if status is None:
                break
            after = time.perf_counter()
            self.samples.append((after - self._started, after - before, status))
        connection.close()

    def _send(self, connection: http.client.HTTPConnection) -> int | None:
        """The status of the next request's answer; None when there is no request left."""
        number = next(self._numbers)
        if self.may_repeat:
            number %= len(self.requests)
        elif number >= len(self.requests):
            return None
        method, path, body, *own = self.requests[number]
        headers = {"Content-Type": "application/json", **self.headers} if body else self.headers
        if own:
            headers = {**headers, **own[0]}
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300 and len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(f"{method} {path}: {answer.status} {text[:400].decode(errors='replace')}")
        return answer.status


def drive(order: dict[str, Any]) -> dict[str, Any]:
    """`samples` are (end, duration, status), both times in seconds, the end counted from the common start."""
    clients = Clients(order)
    clients.run()
    return {"samples": clients.samples, "problems": clients.problems}


if __name__ == "__main__":
    json.dump(drive(json.load(sys.stdin)), sys.stdout)
