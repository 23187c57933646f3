"""Tracking numbers as people paste them; pure."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from commanda.kernel.errors import Invalid
from commanda.kernel.text import strip_marks, western_digits

MAX_LENGTH = 60
MAX_NUMBERS = 2000
MAX_PASTED = 200_000

_SEPARATORS = re.compile(r"[\s,;|،؛]+")
_EDGES = "\"'`“”«»()[]{}<>#:."
_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9._/-]*")


def normal_number(text: str) -> str:
    """The one form in which numbers are stored and compared: upper case, western digits, no spaces or marks.

    Empty stays empty. Raises `Invalid` for what cannot be a tracking number.
    """
    number = _clean(re.sub(r"\s+", "", text))
    if number and (len(number) > MAX_LENGTH or not _NUMBER.fullmatch(number)):
        raise Invalid(
            _("%(number)s is not a tracking number: letters, digits, dots, dashes and slashes only."),
            field="tracking_number",
            code="bad_tracking",
            number=number[:MAX_LENGTH],
        )
    return number


def split_numbers(text: str) -> list[str]:
    """The words of a pasted text in their order, in normal form: between spaces, lines, commas, semicolons, bars.

    Nothing is dropped: what is no number is given back as well, so that it can be reported. Raises `Invalid`
    when there are none, or more than 2,000.
    """
    if len(text) > MAX_PASTED:
        raise _too_many()
    words = [word[:MAX_LENGTH] for word in map(_clean, _SEPARATORS.split(text)) if word]
    if not words:
        raise Invalid(_("Paste at least one tracking number."), field="numbers", code="no_numbers")
    if len(words) > MAX_NUMBERS:
        raise _too_many()
    return words


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a text gives to orders: numbers by order reference, or bare numbers in their order."""

    by_reference: dict[str, str]
    bare: list[str]


def read_assignments(text: str) -> Pasted:
    """Lines of "reference number" (any separator), or lines of one number each.

    Raises `Invalid` for a line that is neither, for a mixture, and for a reference named twice.
    """
    if len(text) > MAX_PASTED:
        raise _too_many()
    by_reference: dict[str, str] = {}
    bare: list[str] = []
    for line in text.splitlines():
        words = [word for word in map(_clean, _SEPARATORS.split(line)) if word]
        if len(words) > 2 or (len(words) == 2 and words[0] in by_reference):
            raise _unreadable(line)
        if len(words) == 2:
            by_reference[words[0]] = normal_number(words[1])
        elif words:
            bare.append(normal_number(words[0]))
    if bare and by_reference:
        raise _unreadable(bare[0])
    return Pasted(by_reference, bare)


def _clean(word: str) -> str:
    return western_digits(strip_marks(word)).strip(_EDGES).upper()


def _unreadable(line: str) -> Invalid:
    return Invalid(
        _("“%(line)s” cannot be read. Write one order reference and its tracking number per line."),
        field="pasted",
        code="unreadable_line",
        line=line.strip()[:80],
    )


def _too_many() -> Invalid:
    return Invalid(
        _("At most %(highest)s numbers at a time. Paste them in parts."),
        field="numbers",
        code="too_many_numbers",
        highest=MAX_NUMBERS,
    )
