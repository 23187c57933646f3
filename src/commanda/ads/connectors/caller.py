"""One GET for JSON, with everything that can go wrong on the way; tokens never leave in an error or a log line."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, Final

from commanda.ads.connectors.base import PlatformUnavailable

TRIES: Final = 3
TIMEOUT_SECONDS: Final = 30.0
RETRY_AFTER: Final = 120
# Seconds to stay away when too much was asked for: where the platform says nothing, and whatever it says.
USUAL_WAIT: Final = 300
LONGEST_WAIT: Final = 6 * 3600
MAX_BYTES: Final = 20 * 1024 * 1024
_FIRST_WAIT: Final = 1.0
_JITTER: Final = SystemRandom()

Judge = Callable[["Answer"], Exception | None]


@dataclass(frozen=True)
class Answer:
    """What came back: `body` {} stands for an answer that is no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]


class Caller:
    """Asks one origin. Redirects are not followed; an answer of more than 20 MB counts as none.

    `sleep` waits between tries. Not to be shared between threads.
    """

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = base.rstrip("/")
        self._headers = {"Accept": "application/json", **(headers or {})}
        self._timeout = timeout
        self._sleep = sleep

    def get(self, path: str, params: Mapping[str, str], judge: Judge) -> Answer:
        """The first answer that `judge` finds nothing wrong with, in at most three tries.

        What `judge` gives is raised; only a `PlatformUnavailable` without throttling is worth another try at once.
        """
        wait = _FIRST_WAIT
        trouble: Exception = PlatformUnavailable(RETRY_AFTER)
        for attempt in range(1, TRIES + 1):
            answer = self._ask(path, params)
            found = judge(answer) if answer is not None else PlatformUnavailable(RETRY_AFTER)
            if answer is not None and found is None:
                return answer
            trouble = found or trouble
            if not isinstance(trouble, PlatformUnavailable) or trouble.is_throttled:
                break
            if attempt < TRIES:
                self._sleep(wait * _JITTER.uniform(1.0, 1.5))
                wait *= 2
        raise trouble from None

    def _ask(self, path: str, params: Mapping[str, str]) -> Answer | None:
        """None when nobody answers, the connection ends early, or what comes is too much."""
        # Loaded where a platform is asked: with what it brings along, it takes 17 MiB of each process.
        import httpx

        deadline = time.monotonic() + self._timeout
        try:
            with (
                httpx.Client(timeout=self._timeout, follow_redirects=False) as client,
                client.stream("GET", self._base + path, params=dict(params), headers=self._headers) as response,
            ):
                content = bytearray()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > MAX_BYTES or time.monotonic() > deadline:
                        return None
                return Answer(response.status_code, response.headers, _object(bytes(content)))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            return None


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
