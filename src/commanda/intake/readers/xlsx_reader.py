"""Workbooks (XLSX, XLSM, old XLS), guarded against what a hostile or careless file can do to memory."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from commanda.intake.readers.base import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, Description, ReadProblem, checked

OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC: Final = b"PK\x03\x04"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_MAX_UNPACKED: Final = 400 * 1024 * 1024
_MAX_RATIO: Final = 250
_RATIO_FLOOR: Final = 20 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
# A place that may be far from the others: whether it is takes a closer look, which costs ten times as much.
_MAYBE_FAR: Final = re.compile(rb'r="(?:[A-Z]{3}|[D-Z][A-Z]|C[W-Z]|\d{%d})' % len(str(MAX_ROWS)))
_ROW: Final = re.compile(rb'<(?:x:)?row\b[^>]*?\br="(\d{1,9})"')
# Cells beyond column CV, the hundredth. Styled but empty ones end in "/>" and take no room.
_FAR_CELL: Final = re.compile(rb'<(?:x:)?c\b[^>]*?\br="(?:[A-Z]{3}|[D-Z][A-Z]|C[W-Z])\d{1,7}"[^>/]*>')


class XlsxReader:
    """Rows of one sheet of a workbook given as a path or as bytes; without `sheet` the first visible one with data.

    Formulas give their last computed value and are never evaluated. Raises `ReadProblem`: `encrypted`, `damaged`,
    `too_large`, `too_many_columns`, `tab_missing`, `empty`.
    """

    def __init__(self, source: Path | bytes, *, sheet: str | None = None) -> None:
        self._source = source
        self._wanted = sheet

    def describe(self) -> Description:
        workbook = self._load()
        names = _visible(workbook)
        return Description(kind="xlsx", tab=self._choose(workbook, names).name, tabs=tuple(names))

    def rows(self) -> Iterator[list[Any]]:
        workbook = self._load()
        sheet = self._choose(workbook, _visible(workbook))
        if sheet.end is not None and sheet.end[0] >= MAX_ROWS:
            raise ReadProblem("too_large")
        yield from checked(_with_leading(sheet))

    def _load(self) -> CalamineWorkbook:
        with self._open() as stream:
            head = stream.read(8)
            if not head:
                raise ReadProblem("empty")
            if stream.seek(0, io.SEEK_END) > MAX_BYTES:
                raise ReadProblem("too_large")
            stream.seek(0)
            if head.startswith(ZIP_MAGIC):
                _guard_zip(stream)
            elif _ENCRYPTED in stream.read():
                raise ReadProblem("encrypted")
            stream.seek(0)
            return _parsed(io.BytesIO(stream.read()))

    def _open(self) -> IO[bytes]:
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else self._source.open("rb")

    def _choose(self, workbook: CalamineWorkbook, names: list[str]) -> CalamineSheet:
        if self._wanted is not None:
            if self._wanted not in workbook.sheet_names:
                raise ReadProblem("tab_missing", tab=self._wanted)
            return _sheet(workbook, self._wanted)
        for name in names:
            sheet = _sheet(workbook, name)
            if sheet.start is not None:
                return sheet
        raise ReadProblem("empty")


def _parsed(stream: IO[bytes]) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(stream)
    except PasswordError:
        raise ReadProblem("encrypted") from None
    except BaseException as error:
        raise _as_problem(error) from error


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_name(name)
    except BaseException as error:
        raise _as_problem(error) from error


def _as_problem(error: BaseException) -> BaseException:
    """The parser is written in Rust: on some damaged files it panics, and that is no `Exception`."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return ReadProblem("damaged")
    return error


def _visible(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def _with_leading(sheet: CalamineSheet) -> Iterator[list[Any]]:
    """All rows from the first row and column of the sheet on, so that positions are those people see."""
    if sheet.start is None:
        return
    # iter_rows keeps the blank rows above the data but leaves out the blank columns before it.
    padding = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        yield padding + row


def _guard_zip(stream: IO[bytes]) -> None:
    """Refuses a workbook that would unpack to more than memory should hold, before anything unpacks it whole."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            packed = sum(entry.compress_size for entry in entries) or 1
            if unpacked > _MAX_UNPACKED or (unpacked > _RATIO_FLOOR and unpacked / packed > _MAX_RATIO):
                raise ReadProblem("too_large")
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise ReadProblem("encrypted")
            for entry in entries:
                if entry.filename.endswith(".xml"):
                    _guard_part(archive, entry)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise ReadProblem("damaged") from None


def _guard_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Reads a part in pieces: its check sum proves the stated size, and no cell may stand far from the others.

    The parser keeps a full rectangle from the first to the last cell; one value in XFD1048576 would make
    17 thousand million of them.
    """
    tail = b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            window = tail + chunk
            tail = window[-400:]
            if not _MAYBE_FAR.search(window):
                continue
            if _FAR_CELL.search(window):
                raise ReadProblem("too_many_columns", limit=MAX_COLUMNS)
            if max((int(number) for number in _ROW.findall(window)), default=0) > MAX_ROWS:
                raise ReadProblem("too_large")
