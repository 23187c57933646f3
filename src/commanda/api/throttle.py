"""How fast a key may ask: a bucket of requests for each, filled again at a steady rate."""

import math
from collections import OrderedDict
from threading import Lock
from time import monotonic
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

BURST_SECONDS: Final = 10
MOST_KEYS: Final = 10_000


class KeyThrottle(BaseThrottle):
    """Lets each key send `API_RATE` requests a second, and up to ten seconds' worth of them at once.

    Each web process counts for itself, in memory: a count in the database would cost more than many a request.
    """

    def __init__(self) -> None:
        # key → (requests left, since when), the one used last at the end
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def allow_request(self, request: HttpRequest) -> bool:
        """Take one request out of the key's bucket; False when it is empty. Called for valid keys only."""
        rate = settings.API_RATE
        if not rate:
            return True
        with self._lock:
            return self._take(request.headers["Authorization"], monotonic(), float(rate))

    def _take(self, key: str, now: float, rate: float) -> bool:
        most = rate * BURST_SECONDS
        left, since = self._buckets.pop(key, (most, now))
        left = min(most, left + (now - since) * rate)
        is_allowed = left >= 1
        self._buckets[key] = (left - is_allowed, now)
        if len(self._buckets) > MOST_KEYS:
            self._buckets.popitem(last=False)
        return is_allowed

    def wait(self) -> float:
        """Seconds until the next request is let through."""
        return math.ceil(1 / settings.API_RATE)
