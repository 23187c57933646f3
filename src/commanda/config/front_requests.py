"""Where one HTTP/1.1 request ends and the next begins (RFC 9112, 6.3): just enough to look at each one's path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

LONGEST_HEAD = 64 * 1024
LONGEST_LENGTH = 15
END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([^\r\n]*?)[ \t]*(?=\r\n)", re.IGNORECASE)
ENCODING = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)


class Malformed(Exception):
    """Not a request whose end could be told."""


class HeadTooLong(Malformed):
    """The head does not end."""


class Framing(Enum):
    """How the end of a request's body is told."""

    LENGTH = "length"
    UNTIL_CLOSE = "until close"


@dataclass(frozen=True, slots=True)
class Head:
    """A request's head in three pieces: `line` with its line break, `fields` without the empty line after them."""

    line: bytes
    fields: bytes
    path: bytes
    framing: Framing


class RequestReader:
    """Cuts the bytes of one connection into heads and pieces of bodies."""

    def __init__(self) -> None:
        self._buffer = b""
        self._left = 0
        self._is_endless = False

    @property
    def has_partial_head(self) -> bool:
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[Head | bytes]:
        """What the bytes hold, in their order. Raises `Malformed`; nothing may be fed after that.

        A body in chunks is not followed: all that comes after such a head belongs to it.
        """
        while data:
            if self._is_endless:
                yield data
                return
            if self._left:
                body, data = data[: self._left], data[self._left :]
                self._left -= len(body)
                yield body
                continue
            data = self._buffer + data
            self._buffer = b""
            data = data.lstrip(b"\r\n")  # RFC 9112, 2.2
            end = data.find(END)
            if end > LONGEST_HEAD or (end < 0 and len(data) > LONGEST_HEAD):
                raise HeadTooLong
            if end < 0:
                self._buffer = data
                return
            yield self._head(data[: end + 2])
            data = data[end + 4 :]

    def _head(self, head: bytes) -> Head:
        """Of the head with the line break of its last line."""
        if head.count(b"\n") != head.count(b"\r\n"):
            raise Malformed  # who takes a bare line feed for a line's end would see another request (2.2)
        cut = head.index(b"\r\n") + 2
        words = head[: cut - 2].split(b" ")
        if len(words) != 3:
            raise Malformed
        lengths = set(LENGTH.findall(head))
        if ENCODING.search(head):
            self._is_endless = True
        elif lengths:
            (length,) = lengths if len(lengths) == 1 else (b"",)
            if not length.isdigit() or len(length) > LONGEST_LENGTH:
                raise Malformed
            self._left = int(length)
        framing = Framing.UNTIL_CLOSE if self._is_endless else Framing.LENGTH
        return Head(head[:cut], head[cut:], words[1].partition(b"?")[0], framing)
