"""Moroccan phone numbers in every shape people type them.

The plan is closed: ten digits `0ZABPQMCDU`, +212 in front of nine of them abroad. The pattern below finds
numbers in a text; the `phonenumbers` library decides whether one exists.
"""

import re
from functools import cache
from typing import Final, NamedTuple

import phonenumbers

from commanda.kernel.text import is_formula_error, strip_apostrophes, strip_marks, western_digits

COUNTRY_CODE: Final = 212
_SEPARATOR: Final = r"[\s.\-_/()\u2010-\u2015\u2212]"
# Bounded, or a cell of 50,000 dashes would cost the square of its length.
_GAP: Final = rf"{_SEPARATOR}{{0,4}}"
# Country code with or without + or 00, with or without the trunk 0 after it; or the trunk 0; or nothing.
_NUMBER: Final = re.compile(
    rf"(?<!\d)(?:\+?{_GAP}(?:00{_GAP})?2{_SEPARATOR}?1{_SEPARATOR}?2{_GAP}0?|\+?0)?"
    rf"{_GAP}([5-8](?:{_GAP}\d){{8}})(?!\d)"
)
# How most people type it: read at once, without a look for anything else.
_USUAL: Final = re.compile(r"0[ -]?([5-8](?:[ -]?[0-9]){8})")
# Where a number belongs to shows in its first five digits after the trunk 0.
_TELLING: Final = 5
_SCIENTIFIC: Final = re.compile(r"^(\d)[.,](\d+)[eE]\+?(\d{1,2})$")
_WHOLE_FLOAT: Final = re.compile(r"^(\d{9,13})[.,]0+$")
_NOTHING: Final = re.compile(r"[\W_]*")
_LETTER: Final = re.compile(r"[^\W\d_]")
_NAME_EDGES: Final = " \n\t:;,.-–—/|#+*()[]_\"'"


class Phone(NamedTuple):
    """A number that can exist in Morocco.

    `raw` is what was typed, `e164` what is stored and compared (`+212612345678`).
    """

    raw: str
    e164: str
    is_mobile: bool

    @property
    def national(self) -> str:
        """Ten digits, as carriers want it: `0612345678`."""
        return "0" + self.e164[4:]

    @property
    def display(self) -> str:
        """As people read it: `06 12 34 56 78`."""
        return format_phone(self.e164)


class PhoneProblem(ValueError):
    """A text that is not one Moroccan phone number.

    `code` is one of `empty`, `formula_error`, `lost_digits` (a spreadsheet rounded it), `too_short`,
    `too_long`, `not_moroccan`, `invalid`, `two_numbers`; for the last `candidates` holds the numbers found.
    """

    def __init__(self, code: str, raw: str, candidates: tuple[Phone, ...] = ()) -> None:
        super().__init__(f"{code}: {raw[:40]!r}")
        self.code = code
        self.raw = raw
        self.candidates = candidates


def parse_phone(raw: str) -> Phone:
    """The one Moroccan number in `raw`; words around it (a name glued to it) are ignored.

    Raises `PhoneProblem` when there is none, or more than one different number.
    """
    if (usual := _USUAL.fullmatch(raw)) and (
        phone := _existing(usual[1].replace("-", "").replace(" ", ""), raw)
    ) is not None:
        return phone
    text = _prepare(raw)
    found, rest = _find(text, raw)
    distinct = tuple({phone.e164: phone for phone in found}.values())
    if len(distinct) > 1:
        raise PhoneProblem("two_numbers", raw, distinct)
    # Digits left over beside a number and no words that could explain them: a digit too many, not a phone.
    if len(distinct) == 1 and (_LETTER.search(rest) or not re.search(r"\d", rest)):
        return distinct[0]
    raise PhoneProblem(_reason(text), raw)


def split_name_and_phone(text: str) -> tuple[str, Phone | None]:
    """Parts "Amine 0612345678" into name and number; the number is None when there is not exactly one."""
    prepared = western_digits(strip_marks(text))
    found, rest = _find(prepared, text)
    distinct = {phone.e164: phone for phone in found}
    if len(distinct) != 1:
        return strip_marks(text), None
    return " ".join(rest.split()).strip(_NAME_EDGES), next(iter(distinct.values()))


def format_phone(e164: str) -> str:
    """`+212612345678` → `06 12 34 56 78`; a number of another country is given back as it is."""
    if not e164.startswith(f"+{COUNTRY_CODE}") or len(e164) != 13:
        return e164
    return f"0{e164[4]} {e164[5:7]} {e164[7:9]} {e164[9:11]} {e164[11:]}"


def _prepare(raw: str) -> str:
    text = western_digits(strip_apostrophes(strip_marks(raw)))
    if not _NOTHING.sub("", text):
        raise PhoneProblem("empty", raw)
    if is_formula_error(text):
        raise PhoneProblem("formula_error", raw)
    if whole := _WHOLE_FLOAT.match(text):
        return whole[1]
    if scientific := _SCIENTIFIC.match(text):
        digits, exponent = scientific[1] + scientific[2], int(scientific[3])
        # 2.12612E+11 lost its last digits for ever; 2.12612345678E+11 did not.
        if len(digits) != exponent + 1:
            raise PhoneProblem("lost_digits", raw)
        return digits
    return text


def _find(text: str, raw: str) -> tuple[list[Phone], str]:
    """Every existing number in the text, and the text without them."""
    found: list[Phone] = []
    rest: list[str] = []
    end = 0
    for match in _NUMBER.finditer(text):
        phone = _existing(re.sub(r"\D", "", match[1]), raw)
        if phone is not None:
            rest.append(text[end : match.start()])
            found.append(phone)
            end = match.end()
    rest.append(text[end:])
    return (found or _glued(text, raw)), " ".join(rest) if found else text


def _glued(text: str, raw: str) -> list[Phone]:
    """Two whole numbers written without anything between them ("06123456780698765432")."""
    digits = re.sub(r"\D", "", text)
    if not 18 <= len(digits) <= 28 or _LETTER.search(text):
        return []
    for at in range(9, len(digits) - 8):
        first, second = _NUMBER.fullmatch(digits[:at]), _NUMBER.fullmatch(digits[at:])
        if first and second:
            pair = (_existing(first[1], raw), _existing(second[1], raw))
            if pair[0] is not None and pair[1] is not None and pair[0] != pair[1]:
                return [pair[0], pair[1]]
    return []


def _existing(subscriber: str, raw: str) -> Phone | None:
    kind = _kind(subscriber[:_TELLING])
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:
        return None
    return Phone(raw=raw, e164=f"+{COUNTRY_CODE}{subscriber}", is_mobile=kind == phonenumbers.PhoneNumberType.MOBILE)


@cache
def _kind(start: str) -> int:
    """What the library says about the numbers that start so; it takes longer to say than a whole row to be read."""
    number = phonenumbers.PhoneNumber(country_code=COUNTRY_CODE, national_number=int(start.ljust(9, "0")))
    return int(phonenumbers.number_type(number))


def _reason(text: str) -> str:
    """Why a text without a valid number is none, in the words of a problem code."""
    digits = re.sub(r"\D", "", text)
    if not digits:
        return "invalid"
    compact = re.sub(rf"{_SEPARATOR}+", "", text)
    abroad = re.match(r"^(?:\+|00)(?!0?0?212)[1-9]\d{7,13}$", compact)
    if abroad:
        return "not_moroccan"
    national = re.sub(r"^(?:00)?212(?=\d{6})", "", digits).lstrip("0")
    if len(national) < 9:
        return "too_short"
    return "too_long" if len(national) > 9 else "invalid"
