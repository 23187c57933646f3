"""Delimited text in the encodings and dialects that spreadsheets and shops write."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from charset_normalizer import from_bytes

from commanda.intake.readers.base import MAX_BYTES, Description, ReadProblem, checked

DELIMITERS: Final = (";", ",", "\t", "|")
_SAMPLE_BYTES: Final = 256 * 1024
_SAMPLE_ROWS: Final = 30
_MAX_FIELD: Final = 1_000_000
# More line breaks in one cell than any note has: the quotation mark was never closed and swallowed the rows below.
_MAX_BREAKS: Final = 200
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATOR_LINE: Final = re.compile(r"sep=(.)\r?\n")
_ARABIC_LETTER: Final = re.compile(r"[\u0621-\u064a]")

csv.field_size_limit(_MAX_FIELD)


class CsvReader:
    """Rows of a CSV file given as a path or as bytes. Encoding and delimiter are found out, unless told.

    Memory stays bounded for a path. Line breaks inside quotes belong to the cell.
    """

    def __init__(self, source: Path | bytes, *, encoding: str | None = None, delimiter: str | None = None) -> None:
        self._source = source
        self._encoding = encoding
        self._delimiter = delimiter

    def describe(self) -> Description:
        encoding = self._find_encoding()
        return Description(kind="csv", encoding=encoding, delimiter=self._find_delimiter(encoding))

    def rows(self) -> Iterator[list[Any]]:
        found = self.describe()
        with self._open() as binary:
            text = io.TextIOWrapper(binary, encoding=found.encoding, errors="replace", newline="")
            skipped = _skip_separator_line(text)
            yield from checked(_records(text, found.delimiter, skipped))

    def _open(self) -> IO[bytes]:
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")

    def _find_encoding(self) -> str:
        if self._encoding is None:
            size = len(self._source) if isinstance(self._source, bytes) else self._source.stat().st_size
            if size > MAX_BYTES:
                raise ReadProblem("too_large")
            with self._open() as stream:
                self._encoding = detect_encoding(stream)
        return self._encoding

    def _find_delimiter(self, encoding: str) -> str:
        if self._delimiter is None:
            with self._open() as stream:
                sample = stream.read(_SAMPLE_BYTES)
            self._delimiter = detect_delimiter(sample.decode(encoding, errors="replace"))
        return self._delimiter


def detect_encoding(stream: IO[bytes]) -> str:
    """The encoding of a text: by its mark, as UTF-16 without one, as valid UTF-8, else Windows-1256 or -1252.

    Reads the whole stream in pieces. Raises `ReadProblem` `empty` or `not_a_sheet` (binary).
    """
    sample = stream.read(_SAMPLE_BYTES)
    if not sample.strip():
        raise ReadProblem("empty")
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    if b"\0" in sample:
        return _utf16_without_mark(sample)
    if len(re.findall(rb"[\x01-\x08\x0e-\x1f]", sample)) > len(sample) // 100:
        raise ReadProblem("not_a_sheet")
    if _is_utf8(sample, stream):
        return "utf-8"
    return _single_byte(sample)


def detect_delimiter(text: str) -> str:
    """The delimiter that parts the first lines most evenly; a comma when none parts anything."""
    if told := _SEPARATOR_LINE.match(text):
        return told[1]
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths = _widths(text, delimiter)
        if not widths:
            continue
        width, times = Counter(widths).most_common(1)[0]
        score = (times / len(widths), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(text: str, delimiter: str) -> list[int]:
    widths = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if record:
                widths.append(len(record))
            if len(widths) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        return []
    # The sample may end in the middle of a record.
    return widths[:-1] if 2 < len(widths) < _SAMPLE_ROWS and len(text) >= _SAMPLE_BYTES // 4 else widths


def _records(text: io.TextIOWrapper, delimiter: str, skipped: int) -> Iterator[list[str]]:
    reader = csv.reader(text, delimiter=delimiter)
    for _ in range(skipped):
        yield []
    started = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise ReadProblem("broken_quotes", line=started) from None
        if reader.line_num - started > _MAX_BREAKS and any(cell.count("\n") > _MAX_BREAKS for cell in record):
            raise ReadProblem("broken_quotes", line=started)
        started = reader.line_num + 1
        yield record


def _skip_separator_line(text: io.TextIOWrapper) -> int:
    """Excel's first line "sep=;" is no row, but it counts as one in the row numbers people see."""
    if _SEPARATOR_LINE.match(text.readline()):
        return 1
    text.seek(0)
    return 0


def _utf16_without_mark(sample: bytes) -> str:
    """Latin letters, digits and delimiters leave a zero byte at every second place."""
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    half = len(sample) // 2 or 1
    if max(odd, even) > half // 10 and min(odd, even) <= half // 50:
        encoding = "utf-16-le" if odd > even else "utf-16-be"
        try:
            sample[: len(sample) // 2 * 2].decode(encoding, errors="strict")
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 4:
                raise ReadProblem("not_a_sheet") from None
        return encoding
    raise ReadProblem("not_a_sheet")


def _is_utf8(sample: bytes, rest: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while sample:
            decoder.decode(sample)
            sample = rest.read(1024 * 1024)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(sample: bytes) -> str:
    """Windows-1256 or Windows-1252: the two share the French letters, so Arabic words decide.

    In Arabic text bytes above 127 stand side by side; in French they stand alone among ASCII letters.
    """
    runs = re.findall(rb"[\xc0-\xff]+", sample)
    together = sum(len(run) for run in runs if len(run) > 2)
    if together * 2 > sum(map(len, runs)) and _ARABIC_LETTER.search(sample.decode("cp1256", errors="replace")):
        return "cp1256"
    guess = from_bytes(sample, cp_isolation=["cp1252", "cp1250", "mac_roman", "cp850"]).best()
    if guess is not None and guess.encoding in {"mac_roman", "cp850"} and not re.search(rb"[\xe0-\xff]", sample):
        return guess.encoding
    return "cp1252"
