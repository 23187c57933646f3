"""The open streams, and what each has still to be told."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping

from commanda.events.topics import Access, may_hear
from commanda.kernel.hints import EVERYTHING, Hint

STREAMS_PER_PERSON = 10
STREAMS = 2_000
# A stream that has not been sent for so long that more topics wait is told "everything": memory stays bounded.
MOST_WAITING = 100


class TooManyStreams(Exception):
    """No stream more, for this person or for all."""


class Stream:
    """One open stream. Topics wait here until it can be written to; the same one waits once."""

    def __init__(self, session: str, access: Access) -> None:
        self.session = session
        self.access = access
        self.is_ended = False
        self._topics: set[str] = set()
        self._wake = asyncio.Event()

    def put(self, topic: str) -> None:
        if len(self._topics) >= MOST_WAITING:
            self._topics = {EVERYTHING}
        if EVERYTHING not in self._topics:
            self._topics.add(topic)
        self._wake.set()

    def beat(self) -> None:
        """Something is to be sent soon, if only a comment: proxies close a silent connection."""
        self._wake.set()

    def end(self) -> None:
        self.is_ended = True
        self._wake.set()

    async def waiting(self) -> bytes:
        """Wait until there is something to send, and take it; empty when the stream has been ended."""
        await self._wake.wait()
        self._wake.clear()
        if self.is_ended:
            return b""
        topics, self._topics = self._topics, set()
        return event(topics) if topics else BEAT


class Hub:
    """Passes hints on to the streams that may hear them."""

    def __init__(self, *, most: int = STREAMS, most_per_person: int = STREAMS_PER_PERSON) -> None:
        self.streams: set[Stream] = set()
        self._most = most
        self._most_per_person = most_per_person
        self._of_person: Counter[int] = Counter()

    def open(self, session: str, access: Access) -> Stream:
        """A new stream. Raises `TooManyStreams`."""
        if len(self.streams) >= self._most or self._of_person[access.user_id] >= self._most_per_person:
            raise TooManyStreams
        stream = Stream(session, access)
        self.streams.add(stream)
        self._of_person[access.user_id] += 1
        return stream

    def close(self, stream: Stream) -> None:
        self.streams.discard(stream)
        self._of_person[stream.access.user_id] -= 1
        self._of_person += Counter()

    def publish(self, hint: Hint) -> None:
        for stream in self.streams:
            if may_hear(stream.access, hint):
                stream.put(hint.topic)

    def publish_everything(self) -> None:
        """Hints may have been missed: every page looks again."""
        for stream in self.streams:
            stream.put(EVERYTHING)

    def beat(self) -> None:
        for stream in self.streams:
            stream.beat()

    @staticmethod
    def admit_only(streams: Iterable[Stream], valid: Mapping[str, Access]) -> None:
        """End those of the streams whose session has ended, or whose person may do something else than before."""
        for stream in streams:
            if valid.get(stream.session) != stream.access:
                stream.end()

    def end_all(self) -> None:
        for stream in self.streams:
            stream.end()


BEAT = b": beat\n\n"


def event(topics: set[str]) -> bytes:
    """One message of the format `text/event-stream` (https://html.spec.whatwg.org/#server-sent-events)."""
    return f"event: live\ndata: {' '.join(sorted(topics))}\n\n".encode()
