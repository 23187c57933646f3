"""A message as a canvas: every reader claims the characters it understood, and what is left stays visible."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from commanda.kernel.text import fold, western_digits

# Letters and digits with the vowel signs that Arabic and decomposed Latin letters carry.
_WORD: Final = re.compile(r"(?:[^\W_]|[\u0300-\u036f\u0640\u064b-\u065f])+")
_BLANK: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk"})
_SEPARATOR: Final = re.compile(r"[\n,;،؛|•·!?؟]+|\.(?=\s|$)|(?<=\s)[-–—](?=\s)")
_EDGES: Final = " \t\n,;،؛|•·.:=-–—/*()[]\"'!?؟"


class Role(StrEnum):
    """What a part of the message was taken for."""

    NAME = "name"
    PHONE = "phone"
    CITY = "city"
    ADDRESS = "address"
    PRODUCT = "product"
    NOTE = "note"
    WORDING = "wording"  # greetings, labels, "I would like": understood, and needed nowhere


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the message as it was written."""

    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class Word:
    """A word by its place, with the key that words are compared by."""

    start: int
    end: int
    key: str


class Canvas:
    """The message, character by character. `text` has its length, with Western digits and blanks for symbols."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.text = "".join(map(_plain, western_digits(message)))
        self.words = self._words_in(self.text, 0, len(self.text))
        self._roles: list[Role | None] = [None] * len(message)
        self._free = self.text

    def claim(self, start: int, end: int, role: Role) -> None:
        self._roles[start:end] = [role] * (end - start)
        self._free = self._free[:start] + " " * (end - start) + self._free[end:]

    def is_free(self, start: int, end: int) -> bool:
        return all(role is None for role in self._roles[start:end])

    def free_words(self, start: int = 0, end: int | None = None) -> list[Word]:
        """The words of a range, without what is claimed ("Ahmed0612345678" is a name and a number)."""
        return self._words_in(self._free, start, len(self.text) if end is None else end)

    def free_text(self, start: int, end: int) -> str:
        """A range with blanks for what is claimed."""
        return self._free[start:end]

    @staticmethod
    def _words_in(text: str, start: int, end: int) -> list[Word]:
        matches = _WORD.finditer(text, start, end)
        return [Word(match.start(), match.end(), key) for match in matches if (key := fold(match[0]))]

    def segments(self, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """The free stretches of a range between line breaks, commas and what is claimed; none without a word."""
        last = len(self.text) if end is None else end
        cuts = {position for match in _SEPARATOR.finditer(self.text, start, last) for position in range(*match.span())}
        at = start
        while at < last:
            if at in cuts or self._roles[at] is not None:
                at += 1
                continue
            begin = at
            while at < last and at not in cuts and self._roles[at] is None:
                at += 1
            if self.free_words(begin, at):
                yield begin, at

    def lines(self) -> Iterator[tuple[int, int]]:
        at = 0
        for line in self.text.split("\n"):
            yield at, at + len(line)
            at += len(line) + 1

    def said(self, start: int, end: int) -> str:
        """A range as it was written, on one line, without marks at its ends."""
        return " ".join(self.message[start:end].split()).strip(_EDGES)

    def parts(self) -> tuple[Part, ...]:
        """The whole message in pieces; put together they are the message. What nobody claimed is a note."""
        found: list[Part] = []
        begin = 0
        roles = [role or Role.NOTE for role in self._roles]
        for at in range(1, len(roles) + 1):
            if at == len(roles) or roles[at] is not roles[begin]:
                found.append(Part(self.message[begin:at], roles[begin]))
                begin = at
        return tuple(found)

    def rest(self) -> str:
        """What nobody claimed, as one text."""
        pieces = (self.said(start, end) for start, end in self.segments())
        return ", ".join(piece for piece in pieces if piece)


def _plain(char: str) -> str:
    if char in "\n\t":
        return char
    return " " if unicodedata.category(char) in _BLANK else char
