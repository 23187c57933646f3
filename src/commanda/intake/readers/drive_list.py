"""The spreadsheets that are shared with a service account, for the person who chooses one.

Wire facts: https://developers.google.com/workspace/drive/api/reference/rest/v3/files/list
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_datetime

from commanda.intake.readers.google_client import GoogleClient, ServiceAccount

MOST: Final = 50
_SHEETS: Final = "mimeType = 'application/vnd.google-apps.spreadsheet' and trashed = false"


@dataclass(frozen=True, slots=True)
class SharedSheet:
    """A spreadsheet the account may open. `owner` is "" where Drive does not tell (shared drives)."""

    sheet_id: str
    title: str
    changed_at: datetime | None
    owner: str


@dataclass(frozen=True, slots=True)
class SharedSheets:
    """The newest of them; `has_more` when a search would find further ones."""

    sheets: tuple[SharedSheet, ...]
    has_more: bool


def list_shared(account: ServiceAccount, *, search: str = "", api_base: str | None = None) -> SharedSheets:
    """The spreadsheets shared with the account, the last changed first, at most 50; `search` is a part of the name.

    One call. Raises `ReadProblem` (`api_disabled`, `bad_key` …) and `SourceUnavailable`.
    """
    client = GoogleClient(account, api_base=api_base)
    named = f" and name contains '{_quoted(search)}'" if search.strip() else ""
    request = client.files.list(
        q=_SHEETS + named,
        orderBy="modifiedTime desc",
        pageSize=MOST,
        fields="nextPageToken,files(id,name,modifiedTime,owners(displayName,emailAddress))",
        supportsAllDrives=True,
        includeItemsFromAllDrives=True,
    )
    answer = client.execute(request)
    return SharedSheets(tuple(_sheet(file) for file in answer.get("files", [])), "nextPageToken" in answer)


def _sheet(file: dict[str, Any]) -> SharedSheet:
    owner: dict[str, Any] = next(iter(file.get("owners") or ()), {})
    return SharedSheet(
        sheet_id=str(file["id"]),
        title=str(file.get("name", "")),
        changed_at=parse_datetime(str(file.get("modifiedTime", ""))),
        owner=str(owner.get("displayName") or owner.get("emailAddress") or ""),
    )


def _quoted(text: str) -> str:
    """A text inside a Drive query, where \\ and ' have a meaning."""
    return " ".join(text.split())[:100].replace("\\", "\\\\").replace("'", "\\'")
