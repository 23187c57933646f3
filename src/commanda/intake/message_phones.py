"""Phones in a message: found line by line, located, and those that are broken kept as written."""

import re
from dataclasses import dataclass, field
from typing import Final

from commanda.intake.message_parts import Canvas, Role
from commanda.intake.message_words import BY_PHONE
from commanda.kernel.phone import Phone, PhoneProblem, parse_phone, split_name_and_phone

_GAP: Final = r"[\s.\-_/()\u2010-\u2015\u2212]{0,4}"
_PREFIX: Final = rf"(?:(?:\+{_GAP}|00{_GAP})?2{_GAP}1{_GAP}2{_GAP}0?{_GAP}|0{_GAP})?"
_BROKEN: Final = re.compile(r"(?<!\w)(?:(?:\+|00)?212[ .\-]?|0)[5-8](?:[ .\-]?\d){4,12}(?!\w)")
# A number of another country must not lose its prefix and become one of ours.
_ABROAD: Final = re.compile(r"(?<!\w)(?:\+|00) ?(?!2 ?1 ?2)[1-9](?:[ .\-()]{0,2}\d){7,14}(?!\w)")
# "[14:03, 12/10/2026] Ahmed: …", "12/10/2026, 14:03 - +212 6 …: …": what WhatsApp writes before copied messages.
_SENDER: Final = re.compile(
    r"^[ \t]*\[?(?=[^\]\n]{0,30}\d{1,2}:\d{2})\d[\d/.:,\- ]{7,28}(?:[ap]\.?m\.?)?[ ]*\]?[ ]*(?:-[ ]*)?"
    r"(?P<who>[^:\n]{1,40}):(?=\s|$)",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(slots=True)
class FoundPhones:
    """Numbers in the order in which they count: those in the text, then the senders'. `broken` is no number."""

    phones: list[Phone] = field(default_factory=list)
    broken: str = ""
    sender: str = ""


def find_phones(canvas: Canvas) -> FoundPhones:
    """Claim every number and every sender's line head."""
    found = FoundPhones()
    from_senders: list[Phone] = []
    for match in _SENDER.finditer(canvas.text):
        who, phone = split_name_and_phone(match["who"])
        if phone is not None:
            from_senders.append(phone)
        elif not any(char.isdigit() for char in who):
            found.sender = found.sender or canvas.said(*match.span("who"))
        canvas.claim(match.start(), match.end(), Role.PHONE if phone else Role.WORDING)
    for match in _ABROAD.finditer(canvas.text):
        found.broken = found.broken or match[0].strip()
        canvas.claim(match.start(), match.end(), Role.PHONE)
    for start, end in canvas.lines():
        for phone in _numbers(canvas.free_text(start, end)):
            _claim(canvas, phone, start, end)
            found.phones.append(phone)
    for match in _BROKEN.finditer(canvas.text):
        if canvas.is_free(match.start(), match.end()) and not found.broken:
            found.broken = match[0].strip()
            canvas.claim(match.start(), match.end(), Role.PHONE)
    unique = {phone.e164: phone for phone in [*found.phones, *from_senders]}
    found.phones = list(unique.values())
    return found


def _numbers(line: str) -> list[Phone]:
    if sum(char.isdigit() for char in line) < 9:
        return []
    _name, phone = split_name_and_phone(line)
    if phone is not None:
        return [phone]
    try:
        return [parse_phone(line)]
    except PhoneProblem as problem:
        return list(problem.candidates)


def _claim(canvas: Canvas, phone: Phone, start: int, end: int) -> None:
    """Every place where the number stands, whatever way it is written."""
    number = rf"{_PREFIX}{_GAP.join(phone.e164[4:])}"
    line = canvas.free_text(start, end)
    alone = list(re.finditer(rf"(?<!\d){number}(?!\d)", line))
    for match in alone or re.finditer(number, line):  # two numbers glued together
        _claim_words_before(canvas, start, start + match.start())
        canvas.claim(start + match.start(), start + match.end(), Role.PHONE)


def _claim_words_before(canvas: Canvas, start: int, end: int) -> None:
    """ "Mon numéro", "tel :", "ou" say no more than the number itself."""
    for word in reversed(canvas.free_words(start, end)):
        if word.key not in BY_PHONE or any(char in ",;،" for char in canvas.text[word.end : end]):
            return
        canvas.claim(word.start, word.end, Role.WORDING)
