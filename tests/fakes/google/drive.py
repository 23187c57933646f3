"""The Drive API: which files an account may see, and when each last changed."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.google.state import FakeGoogle, Spreadsheet

SHEET_KIND = "application/vnd.google-apps.spreadsheet"


def modified_time(sheet: Spreadsheet) -> str:
    return sheet.modified_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def file_answer(sheet: Spreadsheet, email: str) -> dict[str, Any]:
    can_edit = not sheet.editors or email in sheet.editors
    return {"modifiedTime": modified_time(sheet), "capabilities": {"canEdit": can_edit}}


def file_list(google: FakeGoogle, email: str, options: Mapping[str, str]) -> dict[str, Any]:
    """One page of the spreadsheets shared with the account, newest first; `q` may ask for a part of the name."""
    wanted = _name_part(options.get("q", ""))
    found = [
        {"id": pk, "name": sheet.title, "mimeType": SHEET_KIND, "modifiedTime": modified_time(sheet)}
        for pk, sheet in google.spreadsheets.items()
        if (not sheet.readers or email in sheet.readers) and wanted.casefold() in sheet.title.casefold()
    ]
    found.sort(key=lambda file: file["modifiedTime"], reverse=True)
    start = int(options.get("pageToken") or 0)
    end = start + int(options.get("pageSize") or 100)
    return {"files": found[start:end], **({"nextPageToken": str(end)} if end < len(found) else {})}


def _name_part(query: str) -> str:
    _, found, rest = query.partition("name contains '")
    return rest.partition("'")[0] if found else ""
