"""Cells that were copied out of a spreadsheet (or a mail, or a CSV file) and pasted, as a CSV file of ours."""

import csv
import io
from typing import Final

from commanda.intake.readers.base import ReadProblem
from commanda.intake.readers.csv_reader import detect_delimiter

MAX_CHARACTERS: Final = 1_000_000
# A cell with more line breaks than any note has: a quotation mark that belongs to the text swallowed the rows below.
_MAX_BREAKS: Final = 50


def pasted_sheet(text: str) -> bytes:
    """The pasted cells as CSV in UTF-8.

    Spreadsheets part cells by tabs and quote those with line breaks inside; text without tabs is read like a CSV
    file. A quotation mark that is never closed is taken as text. Raises `ReadProblem`: `empty`, `too_large`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ReadProblem("too_large")
    plain = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    if not plain.strip():
        raise ReadProblem("empty")
    delimiter = "\t" if "\t" in plain else detect_delimiter(plain)
    rows = _quoted(plain, delimiter)
    if rows is None:
        rows = list(csv.reader(plain.split("\n"), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()


def _quoted(text: str, delimiter: str) -> list[list[str]] | None:
    """The rows with quotation marks as such; None when they make no sense."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return None if any(cell.count("\n") > _MAX_BREAKS for row in rows for cell in row) else rows
