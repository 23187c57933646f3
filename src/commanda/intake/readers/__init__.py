"""Readers of sources. A file is known by its content, never by its name."""

import io
import re
import zipfile
from pathlib import Path
from typing import Final

from commanda.intake.readers.base import Description, Reader, ReadProblem, SourceUnavailable
from commanda.intake.readers.csv_reader import CsvReader
from commanda.intake.readers.xlsx_reader import OLE_MAGIC, ZIP_MAGIC, XlsxReader

__all__ = ["CsvReader", "Description", "ReadProblem", "Reader", "SourceUnavailable", "XlsxReader", "open_file"]

_WORKBOOK_PART: Final = "xl/workbook.xml"
_OTHER_KINDS: Final = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"{\\rtf", b"RIFF", b"ID3",
    b"\x7fELF", b"MZ\x90", b"BZh", b"\xfd7zXZ", b"SQLite format 3",
)  # fmt: skip
_HTML: Final = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table|head|meta|body|div)", re.IGNORECASE)
_OTHER_TEXT: Final = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml|<svg|[{\[]\s*[\"{\[])")


def open_file(source: Path | bytes, *, sheet: str | None = None) -> XlsxReader | CsvReader:
    """The reader for a file, by its first bytes. Raises `ReadProblem`: `empty`, `not_a_sheet`, `html_not_sheet`."""
    if isinstance(source, bytes):
        head = source[:2048]
    else:
        with source.open("rb") as stream:
            head = stream.read(2048)
    if not head:
        raise ReadProblem("empty")
    if head.startswith(ZIP_MAGIC):
        if _is_workbook(source):
            return XlsxReader(source, sheet=sheet)
        raise ReadProblem("not_a_sheet")
    if head.startswith(OLE_MAGIC):
        return XlsxReader(source, sheet=sheet)
    if _HTML.match(head):
        raise ReadProblem("html_not_sheet")
    if head.startswith(_OTHER_KINDS) or _OTHER_TEXT.match(head):
        raise ReadProblem("not_a_sheet")
    return CsvReader(source)


def _is_workbook(source: Path | bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
            return _WORKBOOK_PART in archive.namelist()
    except zipfile.BadZipFile:
        raise ReadProblem("damaged") from None
