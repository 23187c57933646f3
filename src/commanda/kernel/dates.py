"""Instants as sheets and people write them: day before month, Moroccan time unless an offset is given."""

import datetime as dt
import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from commanda.kernel import clock
from commanda.kernel.clock import CASABLANCA
from commanda.kernel.text import fold, strip_marks, western_digits

EARLIEST: Final = dt.datetime(2010, 1, 1, tzinfo=dt.UTC)
FUTURE_TOLERANCE: Final = dt.timedelta(days=2)

_SHORT: Final = 60
# Day 0 of Excel and Google Sheets; the fraction is the time of day in the sheet's own zone.
# Wall-clock time: the zone is set afterwards.
_SERIAL_EPOCH: Final = dt.datetime.fromisoformat("1899-12-30")
_SERIAL_LIMIT: Final = 200_000
_EPOCH_SECONDS: Final = (1_000_000_000, 10_000_000_000)

_TIME: Final = (
    r"(?:[T\s,à@-]*\s*(?P<hour>\d{1,2})\s*[:hH]\s*(?P<minute>\d{2})?(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?|ص|م)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}(?::?\d{2})?)?)?"
)
_ISO: Final = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TIME}")
_NUMERIC: Final = re.compile(
    rf"(?P<day>\d{{1,2}})\s?[-/.]\s?(?P<month>\d{{1,2}})\s?[-/.]\s?(?P<year>\d{{4}}|\d{{2}}){_TIME}"
)
_WORDED: Final = re.compile(
    rf"(?P<day>\d{{1,2}})(?:er|st|nd|rd|th)?[\s-]+(?P<name>[^\W\d]+)\.?,?[\s-]+(?P<year>\d{{4}}){_TIME}"
)
_WORDED_EN: Final = re.compile(
    rf"(?P<name>[^\W\d]+)\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}}){_TIME}"
)
_COMPACT: Final = re.compile(r"(?P<year>20\d{2})(?P<month>\d{2})(?P<day>\d{2})")
_NUMBER: Final = re.compile(r"\d{1,13}(?:[.,]\d+)?")
_WEEKDAY: Final = re.compile(r"^[^\W\d]+\.?,\s+")

_MONTH_WORDS: Final = (
    "janvier january janv jan يناير",
    "fevrier february fevr fev feb فبراير",
    "mars march mar مارس",
    "avril april avr apr ابريل",
    "mai may ماي مايو",
    "juin june jun يونيو",
    "juillet july juil jul يوليوز يوليو",
    "aout august aug غشت اغسطس",
    "septembre september sept sep شتنبر سبتمبر",
    "octobre october oct اكتوبر",
    "novembre november nov نونبر نوفمبر",
    "decembre december dec دجنبر ديسمبر",
)
_MONTHS: Final = {fold(word): at for at, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}


class DateProblem(ValueError):
    """A value that is no usable instant.

    `code` is `empty`, `unreadable`, `month_first` (it reads only with the month before the day) or
    `out_of_range` (before 2010 or more than two days ahead; `instant` then holds it).
    """

    def __init__(self, code: str, raw: str, instant: dt.datetime | None = None) -> None:
        super().__init__(f"{code}: {raw[:40]!r}")
        self.code = code
        self.raw = raw
        self.instant = instant


def parse_instant(value: object, *, now: dt.datetime | None = None, month_first: bool = False) -> dt.datetime:
    """The instant, aware, in UTC.

    Takes date-times and dates, serial numbers of sheets, Unix seconds and milliseconds, ISO,
    `dd/mm/yyyy HH:MM`, `1 mai 2026`, Shopify's `2026-05-01 09:59:00 +0200`, as values or as text. Without an
    offset the time is that of Africa/Casablanca; a date without a time is its midnight. Raises `DateProblem`.
    """
    raw = str(value)
    is_short = isinstance(value, str) and len(raw) <= _SHORT
    instant = _text_instant(raw, month_first) if is_short else _utc(value, raw, month_first)
    if not EARLIEST <= instant <= (now or clock.now()) + FUTURE_TOLERANCE:
        raise DateProblem("out_of_range", raw, instant)
    return instant


def _utc(value: object, raw: str, month_first: bool) -> dt.datetime:
    found = _from_value(value, raw, month_first)
    if found.tzinfo is None:
        found = found.replace(tzinfo=CASABLANCA)
    try:
        return found.astimezone(dt.UTC)
    except OverflowError:
        raise DateProblem("out_of_range", raw) from None


@lru_cache(maxsize=4096)
def _text_instant(text: str, month_first: bool) -> dt.datetime:
    """The same days come in thousands of rows."""
    return _utc(text, text, month_first)


def _from_value(value: object, raw: str, month_first: bool) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time.min)
    if isinstance(value, bool) or value is None:
        raise DateProblem("empty" if value is None else "unreadable", raw)
    if isinstance(value, int | float | Decimal):
        return _from_number(Decimal(raw), raw)
    return _from_text(str(value), raw, month_first)


def _from_number(number: Decimal, raw: str) -> dt.datetime:
    if not number.is_finite() or number < 0:
        raise DateProblem("unreadable", raw)
    if number < _SERIAL_LIMIT:
        # Rounded to the second: serial fractions carry the error of the sheet's own arithmetic.
        return _SERIAL_EPOCH + dt.timedelta(seconds=int((number * 86_400).to_integral_value()))
    seconds = number / 1000 if number >= _EPOCH_SECONDS[1] else number
    if not _EPOCH_SECONDS[0] <= seconds < _EPOCH_SECONDS[1]:
        raise DateProblem("unreadable", raw)
    return dt.datetime.fromtimestamp(int(seconds), tz=dt.UTC)


def _from_text(value: str, raw: str, month_first: bool) -> dt.datetime:
    text = western_digits(strip_marks(value)).replace("\n", " ")
    if not text:
        raise DateProblem("empty", raw)
    if len(text) > 60:
        raise DateProblem("unreadable", raw)
    text = _WEEKDAY.sub("", text)
    if match := _COMPACT.fullmatch(text) or _ISO.fullmatch(text):
        return _build(match, raw, int(match["month"]), int(match["day"]))
    if _NUMBER.fullmatch(text):
        return _from_number(Decimal(text.replace(",", ".")), raw)
    if match := _NUMERIC.fullmatch(text):
        day, month = int(match["day"]), int(match["month"])
        if month_first:
            day, month = month, day
        elif month > 12 >= day and month <= 31:
            # Read silently, the same sheet's 05/04 would be taken for the 5th of April: a person must decide.
            raise DateProblem("month_first", raw)
        return _build(match, raw, month, day)
    if match := _WORDED.fullmatch(text) or _WORDED_EN.fullmatch(text):
        named = _MONTHS.get(fold(match["name"]))
        if named is not None:
            return _build(match, raw, named, int(match["day"]))
    raise DateProblem("unreadable", raw)


def _build(match: re.Match[str], raw: str, month: int, day: int) -> dt.datetime:
    parts = match.groupdict()
    year = int(parts["year"])
    hour, minute, second = (int(parts.get(name) or 0) for name in ("hour", "minute", "second"))
    half = (parts.get("half") or "").lower()
    if half and not 1 <= hour <= 12:
        raise DateProblem("unreadable", raw)
    if half:
        hour = hour % 12 + (12 if half[0] in "pم" else 0)
    try:
        return dt.datetime(
            year + 2000 if year < 100 else year,
            month,
            day,
            hour,
            minute,
            second,
            tzinfo=_zone(parts.get("zone")),
        )
    except ValueError:
        raise DateProblem("unreadable", raw) from None


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text in {"Z", "UTC", "GMT"}:
        return dt.UTC
    digits = text[1:].replace(":", "")
    offset = dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return dt.timezone(-offset if text[0] == "-" else offset)
