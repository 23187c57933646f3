"""A client that does not give up: the same write with the same key, until it is answered."""

import http.client
import threading
import time
from collections import Counter
from contextlib import suppress
from uuid import uuid4

PAUSE_S = 0.4
TIMEOUT_S = 20
# The program is being started again, or somebody holds the same thing: asking again is what they say to do.
AGAIN = frozenset({429, 502, 503, 504})


class Answers:
    """What all clients were told, together."""

    def __init__(self):
        self._lock = threading.Lock()
        self.statuses = Counter()
        self.troubles = Counter()
        self.oddities = []

    def note(self, status, about, text):
        with self._lock:
            self.statuses[status] += 1
            if status >= 500 and status not in AGAIN and len(self.oddities) < 20:
                self.oddities.append(f"{status} {about}: {text[:300]}")

    def note_trouble(self, error):
        with self._lock:
            self.troubles[type(error).__name__] += 1


class Client:
    """One kept-alive connection; `send` returns None when there was no answer before the end."""

    def __init__(self, port, headers, answers, stopped):
        self._port, self._headers, self._answers, self._stopped = port, headers, answers, stopped
        self._connection = None

    def send(self, method, path, body=None, *, headers=None, once=False):
        """The status, headers (names in small letters) and body of the first answer that decides something.

        With `once` all asking is done under one key.
        """
        sent = {**self._headers, **(headers or {}), **({"Idempotency-Key": uuid4().hex} if once else {})}
        while True:
            try:
                status, told, text = self._ask(method, path, body, sent)
            except (OSError, http.client.HTTPException) as error:
                self._answers.note_trouble(error)
            else:
                self._answers.note(status, f"{method} {path}", text.decode(errors="replace"))
                is_under_way = status == 409 and b"idempotency_in_progress" in text
                if status < 500 and status not in AGAIN and not is_under_way:
                    return status, told, text
            if self._stopped.wait(PAUSE_S):
                return None

    def _ask(self, method, path, body, headers):
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        try:
            self._connection.request(method, path, body=body, headers=headers)
            answer = self._connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except BaseException:
            with suppress(OSError):
                self._connection.close()
            self._connection = None
            raise


def until(deadline, stopped):
    """Go round until the time is over."""
    while time.monotonic() < deadline and not stopped.is_set():
        yield
