"""Tables for other programs: CSV and XLSX in which no cell can act as a formula.

return table_download(kind=request.GET.get("format"), name="stock", head=[_("SKU"), …], rows=rows)

Cells are str, int, Decimal, bool, date, aware datetime (shown in Casablanca time) or None. Rows may come from a
generator: they are read as they are sent, with constant memory, up to Excel's row limit.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from io import StringIO
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, get_language_bidi, override
from django.utils.translation import gettext_lazy as _

from commanda.kernel.clock import CASABLANCA, today
from commanda.kernel.errors import Invalid

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell = object
Row = Sequence[Cell]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CHUNK = 200
MAX_ROWS = 1_048_575  # Excel's limit less the head
MAX_TEXT = 32_767  # Excel's limit of characters in a cell
MEMORY = 2 * 1024 * 1024
BOM = "\ufeff"  # without it Excel reads UTF-8 as Windows-1252


class Kind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


CONTENT_TYPES = {
    Kind.CSV: "text/csv; charset=utf-8",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def csv_chunks(head: Sequence[Any], rows: Iterable[Row]) -> Iterator[bytes]:
    """The table as UTF-8 CSV with a byte order mark, commas and CRLF, in pieces of some hundred rows.

    A text that a spreadsheet would take for a formula gets a leading apostrophe; numbers stay numbers.
    """
    buffer = StringIO()
    buffer.write(BOM)
    writer = csv.writer(buffer)
    writer.writerow([_csv_cell(str(name)) for name in head])
    for at, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(cell) for cell in row])
        if at % CHUNK == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def xlsx_file(head: Sequence[Any], rows: Iterable[Row], *, sheet: str = "") -> IO[bytes]:
    """The table as one sheet, texts always as texts, in Arabic from right to left; open, at its beginning.

    Held in memory up to 2 MB, then in a temporary file. Raises `Invalid` when a sheet cannot hold all rows.
    """
    target: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - whoever sends it closes it
    _write_workbook(target, head, rows, sheet)
    target.seek(0)
    return target


def table_download(*, kind: str | None, name: str, head: Sequence[Any], rows: Iterable[Row]) -> HttpResponseBase:
    """The table as a file to keep, named `name-2026-11-22.csv`. Raises `Invalid` for an unknown `kind`."""
    try:
        chosen = Kind(kind or Kind.CSV)
    except ValueError:
        raise Invalid(_("Choose CSV or XLSX."), field="format", code="unknown_format") from None
    response = (
        StreamingHttpResponse(_in_language(csv_chunks(head, rows), get_language()), content_type=CONTENT_TYPES[chosen])
        if chosen is Kind.CSV
        else FileResponse(xlsx_file(head, rows, sheet=name), content_type=CONTENT_TYPES[chosen])
    )
    response["Content-Disposition"] = f'attachment; filename="{name}-{today():%Y-%m-%d}.{chosen}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _in_language(chunks: Iterator[bytes], language: str | None) -> Iterator[bytes]:
    """The server reads the pieces after the request has ended; labels must not change their language then."""
    with override(language):
        yield from chunks


def _drain(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", errors="replace")


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(CASABLANCA).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, int | Decimal | date):
        return str(cell)
    text = str(cell).replace("\x00", "")
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _write_workbook(target: IO[bytes], head: Sequence[Any], rows: Iterable[Row], sheet: str) -> None:
    # Loaded by the first workbook that is written: most processes write none.
    import xlsxwriter

    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    try:
        page = book.add_worksheet(sheet[:31] or None)
        if get_language_bidi():
            page.right_to_left()
        page.freeze_panes(1, 0)
        page.set_column(0, max(len(head) - 1, 0), 18)
        bold = book.add_format({"bold": True, "bottom": 1})
        formats = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
            Decimal: book.add_format({"num_format": "#,##0.00"}),
        }
        for column, name in enumerate(head):
            page.write_string(0, column, str(name), bold)
        for at, row in enumerate(rows, start=1):
            if at > MAX_ROWS:
                raise Invalid(_("Too many rows for one sheet. Choose a shorter period, or CSV."), code="too_many_rows")
            for column, cell in enumerate(row):
                _write_cell(page, at, column, cell, formats)
    finally:
        book.close()


def _write_cell(page: "Worksheet", row: int, column: int, cell: Cell, formats: dict[type, "Format"]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, datetime):
        local = cell.astimezone(CASABLANCA).replace(tzinfo=None)  # a sheet knows no zones
        page.write_datetime(row, column, local, formats[datetime])
    elif isinstance(cell, date):
        page.write_datetime(row, column, cell, formats[date])
    elif isinstance(cell, bool):
        page.write_boolean(row, column, cell)
    elif isinstance(cell, Decimal):
        page.write_number(row, column, cell, formats[Decimal])
    elif isinstance(cell, int):
        page.write_number(row, column, cell)
    else:
        page.write_string(row, column, str(cell)[:MAX_TEXT])
