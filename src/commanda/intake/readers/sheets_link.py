"""A Google Sheet by its link, shared with "anyone with the link": its CSV export, without any account."""

import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

from commanda.intake.readers.base import MAX_BYTES, Description, ReadProblem, SourceUnavailable
from commanda.intake.readers.csv_reader import CsvReader

if TYPE_CHECKING:
    import httpx

GOOGLE_BASE: Final = "https://docs.google.com"
TIMEOUT_SECONDS: Final = 60
_STEP_TIMEOUT: Final = 20.0
_MAX_REDIRECTS: Final = 4
_RETRY_AFTER: Final = 60
_SHEET: Final = re.compile(r"^/spreadsheets/(?:u/\d+/)?d/(?P<published>e/)?(?P<id>[A-Za-z0-9_-]{8,120})(?:/|$)")
# Where Google serves exports from; a redirect to anywhere else is not followed.
_EXPORT_HOST: Final = ".googleusercontent.com"
_SIGN_IN_HOST: Final = "accounts.google.com"


@dataclass(frozen=True, slots=True)
class SheetLink:
    """A link taken apart. `gid` is the number of the tab, "" for the first."""

    sheet_id: str
    gid: str = ""
    is_published: bool = False

    @classmethod
    def parse(cls, link: str, *, base: str = GOOGLE_BASE) -> "SheetLink":
        """Reads a link as copied from the address bar or from "publish to the web".

        Raises `ReadProblem` `bad_link` for anything that is no Google Sheet: other hosts are never called.
        """
        try:
            address = urlsplit(link.strip())
            host = address.netloc
        except ValueError:
            raise ReadProblem("bad_link") from None
        match = _SHEET.match(address.path)
        is_google = address.scheme == "https" and host == urlsplit(GOOGLE_BASE).netloc
        is_override = (address.scheme, host) == urlsplit(base)[:2]
        if match is None or not (is_google or is_override):
            raise ReadProblem("bad_link")
        told = {**parse_qs(address.query), **parse_qs(address.fragment)}
        gid = (told.get("gid") or [""])[0]
        return cls(match["id"], gid if gid.isascii() and gid.isdigit() else "", match["published"] is not None)

    def export_url(self, base: str = GOOGLE_BASE) -> str:
        tab = f"&gid={self.gid}" if self.gid else ""
        if self.is_published:
            return f"{base}/spreadsheets/d/e/{self.sheet_id}/pub?output=csv&single=true{tab}"
        return f"{base}/spreadsheets/d/{self.sheet_id}/export?format=csv{tab}"


class SheetsLinkReader:
    """Rows of a shared sheet. `base` replaces https://docs.google.com (for a compatible server).

    The answer goes to a temporary file, at most `MAX_BYTES` of it and within `timeout` seconds in all.
    """

    def __init__(self, link: str, *, base: str | None = None, timeout: float = TIMEOUT_SECONDS) -> None:
        self._base = (base or GOOGLE_BASE).rstrip("/")
        self._link = SheetLink.parse(link, base=self._base)
        self._timeout = timeout

    def describe(self) -> Description:
        return Description(kind="sheet_link", tab=self._link.gid)

    def rows(self) -> Iterator[list[Any]]:
        with tempfile.TemporaryDirectory(prefix="commanda-sheet-") as folder:
            path = Path(folder) / "export.csv"
            self._download(path)
            yield from CsvReader(path, encoding="utf-8-sig", delimiter=",").rows()

    def _download(self, path: Path) -> None:
        # Loaded where a link is read: with what it brings along, it takes 17 MiB of each process.
        import httpx

        try:
            with httpx.Client(timeout=min(_STEP_TIMEOUT, self._timeout), follow_redirects=False) as client:
                self._follow(client, path, time.monotonic() + self._timeout)
        except httpx.TransportError as error:
            raise SourceUnavailable(_RETRY_AFTER) from error

    def _follow(self, client: "httpx.Client", path: Path, deadline: float) -> None:
        url = self._link.export_url(self._base)
        for _ in range(_MAX_REDIRECTS + 1):
            with client.stream("GET", url, headers={"Accept": "text/csv"}) as answer:
                if not answer.is_redirect:
                    _check(answer)
                    _save(answer, path, deadline)
                    return
                url = self._redirected(url, answer.headers.get("location", ""))
        raise ReadProblem("refused")

    def _redirected(self, url: str, location: str) -> str:
        """The next address, when it is one that may be called."""
        target = urljoin(url, location)
        address = urlsplit(target)
        host = address.hostname or ""
        if host == _SIGN_IN_HOST or "/ServiceLogin" in address.path:
            raise ReadProblem("not_shared")
        if address[:2] == urlsplit(self._base)[:2]:
            return target
        is_google = self._base == GOOGLE_BASE and address.scheme == "https" and address.port in (None, 443)
        if is_google and host.endswith(_EXPORT_HOST):
            return target
        raise ReadProblem("refused")


def _check(answer: "httpx.Response") -> None:
    if answer.status_code in {429, 500, 502, 503, 504}:
        told = answer.headers.get("retry-after", "")
        raise SourceUnavailable(max(_RETRY_AFTER, int(told) if told.isdigit() else 0), quota=answer.status_code == 429)
    if answer.status_code in {401, 403}:
        raise ReadProblem("not_shared")
    if answer.status_code in {404, 410}:
        raise ReadProblem("spreadsheet_missing")
    if answer.status_code == 400:
        raise ReadProblem("tab_missing", tab="gid")
    if answer.status_code != 200:
        raise ReadProblem("refused")
    # A page instead of a file: Google's sign-in or its "you need access".
    if answer.headers.get("content-type", "").startswith("text/html"):
        raise ReadProblem("not_shared")


def _save(answer: "httpx.Response", path: Path, deadline: float) -> None:
    size = 0
    with path.open("wb") as file:
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > MAX_BYTES:
                raise ReadProblem("too_large")
            if time.monotonic() > deadline:
                raise SourceUnavailable(_RETRY_AFTER)
            file.write(piece)
