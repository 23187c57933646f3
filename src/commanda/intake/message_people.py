"""Greetings, what is wanted, and the names of people in a message."""

from collections.abc import Collection
from typing import Final

from commanda.intake.message_parts import Canvas, Role, Word
from commanda.intake.message_words import (
    ADDRESS,
    FILLERS,
    GREETINGS,
    NAME_PARTICLES,
    NOT_NAMES,
    NUMBERS,
    PIECES,
    SAYS_NAME,
    WANTS,
)

_LONGEST: Final = 5
_MOST_NAME_WORDS: Final = 4


def claim_wording(canvas: Canvas) -> None:
    """Greetings and thanks wherever they stand at the edges of a stretch: understood, and of no use."""
    for start, end in list(canvas.segments()):
        words = canvas.free_words(start, end)
        at = 0
        while at < len(words) and (size := _phrase(words, at, GREETINGS)):
            canvas.claim(words[at].start, words[at + size - 1].end, Role.WORDING)
            at += size
        last = len(words)
        while last > at and words[last - 1].key in GREETINGS:
            last -= 1
            canvas.claim(words[last].start, words[last].end, Role.WORDING)


def find_name(canvas: Canvas) -> str:
    """The name after "smiti", "je m'appelle", "أنا"."""
    for start, end in list(canvas.segments()):
        words = canvas.free_words(start, end)
        for at in range(len(words)):
            size = _phrase(words, at, SAYS_NAME)
            name = _name_words(words[at + size :]) if size else []
            if name:
                canvas.claim(words[at].start, words[at + size - 1].end, Role.WORDING)
                canvas.claim(name[0].start, name[-1].end, Role.NAME)
                return canvas.said(name[0].start, name[-1].end)
    return ""


def names_left(canvas: Canvas, strange: Collection[str]) -> tuple[list[tuple[int, int]], list[str]]:
    """Stretches that look like a person's name and like nothing else, and single words that may be one."""
    found: list[tuple[int, int]] = []
    single: list[str] = []
    for start, end in canvas.segments():
        words = canvas.free_words(start, end)
        is_name = len(words) <= _MOST_NAME_WORDS and _name_words(words) == words
        if not is_name or any(word.key in strange for word in words):
            continue
        if len(words) > 1:
            found.append((words[0].start, words[-1].end))
        elif len(words[0].key) > 2:
            single.append(canvas.said(start, end))
    return found, single


def claim_fillers(canvas: Canvas, *, is_wanted_found: bool) -> None:
    """Stretches of nothing but "bghit", "f", "tel": what they led to is understood."""
    for start, end in list(canvas.segments()):
        words = canvas.free_words(start, end)
        is_order = any(word.key in WANTS for word in words)
        if all(word.key in FILLERS for word in words) and (is_wanted_found or not is_order):
            for word in words:
                canvas.claim(word.start, word.end, Role.WORDING)


def wanted_text(canvas: Canvas) -> str:
    """What stands beside the first "I would like", to the end of its stretch."""
    for start, end in canvas.segments():
        words = canvas.free_words(start, end)
        for at in range(len(words)):
            size = _phrase(words, at, WANTS)
            if size and at + size < len(words):
                return canvas.said(words[at + size].start, words[-1].end)
    return ""


def _name_words(words: list[Word]) -> list[Word]:
    """The words at the beginning that may be a name."""
    found: list[Word] = []
    for word in words[:_MOST_NAME_WORDS]:
        if not _may_be_name(word.key):
            break
        found.append(word)
    return found


def _may_be_name(key: str) -> bool:
    known = any(
        key in words for words in (FILLERS - NAME_PARTICLES, ADDRESS, NOT_NAMES - NAME_PARTICLES, PIECES, NUMBERS)
    )
    return len(key) > 1 and not known and not any(char.isdigit() for char in key)


def _phrase(words: list[Word], at: int, phrases: Collection[str]) -> int:
    """How many words of the longest phrase begin at a word; 0 for none."""
    for size in range(min(_LONGEST, len(words) - at), 0, -1):
        if " ".join(word.key for word in words[at : at + size]) in phrases:
            return size
    return 0
