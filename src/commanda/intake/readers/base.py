"""What every reader of a source promises, and how a source can fail to be read."""

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commanda.intake.readers.our_columns import hide_our_columns
from commanda.kernel.errors import CommandaError

MAX_COLUMNS: Final = 100
MAX_ROWS: Final = 200_000
MAX_BYTES: Final = 60 * 1024 * 1024

READ_PROBLEMS: Final[dict[str, Promise]] = {
    "not_a_sheet": _("This file is not a sheet. Save it as CSV or XLSX and upload it again."),
    "html_not_sheet": _("This file is a web page, not a sheet. Open it in a spreadsheet and save it as XLSX."),
    "empty": _("There is nothing in this sheet."),
    "no_rows": _("There is a header but no row below it."),
    "too_many_columns": _(
        "The sheet has more than %(limit)s columns. Delete those that are not needed and read it again."
    ),
    "too_large": _("The sheet is too large. Part it into files of fewer rows."),
    "encrypted": _("The file is protected by a password. Save it without one and upload it again."),
    "broken_quotes": _("A quotation mark is never closed near line %(line)s. Mend the file there and upload it again."),
    "damaged": _("The file is damaged. Save it again as XLSX or CSV and upload the new one."),
    "columns_missing": _("These columns are not in the sheet any more: %(columns)s. Map the columns again."),
    "unmapped": _("No column could be recognised for: %(fields)s. Map the columns by hand."),
    "tab_missing": _("The tab “%(tab)s” is not in the spreadsheet any more. Choose the tab again."),
    "spreadsheet_missing": _("The spreadsheet does not exist any more, or it is not shared with us."),
    "permission_lost": _("The spreadsheet is not shared with the service account. Share it again with %(email)s."),
    "api_disabled": _("The Google Sheets API is switched off in the project of the key. Switch it on in Google Cloud."),
    "bad_key": _("The key file of the service account is not valid any more. Upload a new one."),
    "bad_link": _("This is not the link of a Google Sheet. Copy the link from the address bar of the sheet."),
    "not_shared": _("Google asks to sign in. Share the sheet with “anyone with the link”, or use a service account."),
    "no_deliveries": _("Nothing was sent to this address yet. Send a first order, then look here again."),
    "viewer_only": _("We may only read this spreadsheet. Share it as an editor with %(email)s."),
    "protected_cells": _(
        "Our columns are protected in the spreadsheet. Let %(email)s edit them (Data, Protected sheets and ranges)."
    ),
    "no_header": _("The sheet has no header row, so our columns could not be found again. Give it a header row first."),
    "no_room": _("The sheet has no room for our columns: more than %(limit)s columns are in use. Delete some of them."),
    "another_sheet": _("This source now reads another sheet. Look at the columns and switch the write-back on again."),
    "refused": _("Google refused to read the sheet. Check the source's settings."),
}


QUOTA_CODE: Final = "quota_reached"
QUOTA_TEXT: Final = _("Google asks us to wait: too much was read at once. The source will be read again by itself.")


class ReadProblem(CommandaError):
    """A source that cannot be read until a person mends something; `code` is a key of `READ_PROBLEMS`."""

    status = 422

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(READ_PROBLEMS[code], code=code, **params)


class SourceUnavailable(CommandaError):
    """The other side does not answer now. Try again after `retry_after` seconds; nothing is wrong with the source.

    `quota`: it answers, and asks us to come back later.
    """

    code = "source_unavailable"
    status = 503
    is_retryable = True
    default_text = _("The source does not answer now. It will be read again later.")

    def __init__(self, retry_after: int, *, quota: bool = False) -> None:
        super().__init__(QUOTA_TEXT if quota else None, code=QUOTA_CODE if quota else None)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Description:
    """What was found before reading rows: for the person who connects the source.

    `version` changes when the source may have changed; "" when the kind of source cannot tell.
    """

    kind: str
    tab: str = ""
    tabs: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    title: str = ""
    version: str = ""


class Reader(Protocol):
    """A source of rows.

    `rows` gives every row from the first one on, blank ones as `[]`, so that the position tells the row number.
    Cells are `str`, `int`, `Decimal`, `datetime` or `date`, never float. Both raise `ReadProblem`, and
    `SourceUnavailable` when asking again later may help.
    """

    def describe(self) -> Description: ...

    def rows(self) -> Iterator[list[Any]]: ...


# What `plain_cell` gives back as it is.
_PLAIN: Final = frozenset({str, int, dt.datetime})


def plain_cell(value: Any) -> Any:
    """A cell without floats: whole numbers as int, others as the Decimal a person would read; nothing is ""."""
    if isinstance(value, float):  # first: what workbooks hold most
        if not math.isfinite(value):
            return ""
        return int(value) if value.is_integer() else Decimal(repr(value))
    if value is None:
        return ""
    if isinstance(value, str | dt.datetime):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal) and not value.is_finite():
        return ""
    if isinstance(value, dt.time | dt.timedelta):
        return str(value)
    return value


def is_blank(row: Iterable[Any]) -> bool:
    """Whether no cell of a row shows anything."""
    return all(cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in row)


def checked(rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """The rows with plain cells, without columns of ours and empty cells at their ends, within the limits.

    Raises `ReadProblem`: `too_many_columns`, `too_large`, and `empty` when no cell shows anything at all.
    """
    filled = False
    for number, cells in enumerate(hide_our_columns(rows)):
        if number >= MAX_ROWS:
            raise ReadProblem("too_large")
        row = [cell if type(cell) in _PLAIN else plain_cell(cell) for cell in cells]
        while row and (row[-1] == "" or (isinstance(row[-1], str) and row[-1].isspace())):
            row.pop()
        if len(row) > MAX_COLUMNS:
            raise ReadProblem("too_many_columns", limit=MAX_COLUMNS)
        filled = filled or bool(row)
        yield row
    if not filled:
        raise ReadProblem("empty")
