"""The wire: paths, parameters, answers and errors as Google writes them.

Reference: https://developers.google.com/sheets/api/reference/rest, https://developers.google.com/drive/api
"""

import asyncio
import base64
import csv
import io
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.fakes.google.state import FakeGoogle, Spreadsheet, Tab, shown, unformatted

STATUS_WORDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
                429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip
RANGE = re.compile(r"^(?:'(?P<quoted>(?:[^']|'')*)'|(?P<plain>[^!]+))(?:!(?P<cells>[A-Z]*\d*(?::[A-Z]*\d*)?))?$")
CELL = re.compile(r"^([A-Z]*)(\d*)$")


def make_app(google: FakeGoogle) -> Starlette:
    """The ASGI app over a fake world."""
    wire = _Wire(google)
    return Starlette(
        routes=[
            Route("/token", wire.token, methods=["POST"]),
            Route("/v4/spreadsheets/{sheet_id}/values:batchGet", wire.batch_get),
            Route("/v4/spreadsheets/{sheet_id}/values/{cells:path}", wire.get_values),
            Route("/v4/spreadsheets/{sheet_id}", wire.metadata),
            Route("/drive/v3/files/{sheet_id}", wire.drive_file),
            Route("/spreadsheets/d/{sheet_id}/export", wire.export),
        ]
    )


def error(status: int, message: str = "", reason: str = "", retry_after: int | None = None) -> JSONResponse:
    """An error in the shape of Google's APIs."""
    body: dict[str, Any] = {"code": status, "message": message or STATUS_WORDS.get(status, "ERROR"),
                            "status": STATUS_WORDS.get(status, "ERROR")}  # fmt: skip
    if reason:
        body["errors"] = [{"reason": reason, "message": message, "domain": "global"}]
    headers = {"retry-after": str(retry_after)} if retry_after is not None else {}
    return JSONResponse({"error": body}, status, headers=headers)


class _Wire:
    """One method per path."""

    def __init__(self, google: FakeGoogle) -> None:
        self.google = google

    async def token(self, request: Request) -> Response:
        """Checks the signed assertion, as OAuth's JWT bearer grant asks."""
        if fault := await self._fault(request):
            return fault
        form = parse_qs((await request.body()).decode())
        email = self._signer((form.get("assertion") or [""])[0])
        if email is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        token = f"{email}:{secrets.token_hex(8)}"
        self.google.tokens.add(token)
        return JSONResponse({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    async def metadata(self, request: Request) -> Response:
        if refused := await self._refused(request):
            return refused
        sheet = self._sheet(request)
        return JSONResponse(
            {
                "spreadsheetId": request.path_params["sheet_id"],
                "properties": {"title": sheet.title, "locale": "fr_MA", "timeZone": "Africa/Casablanca"},
                "sheets": [{"properties": _tab_properties(tab, at)} for at, tab in enumerate(sheet.tabs)],
            }
        )

    async def get_values(self, request: Request) -> Response:
        if refused := await self._refused(request):
            return refused
        found = self._range(request, request.path_params["cells"])
        return found if isinstance(found, Response) else JSONResponse(found)

    async def batch_get(self, request: Request) -> Response:
        if refused := await self._refused(request):
            return refused
        answers = []
        for wanted in request.query_params.getlist("ranges"):
            found = self._range(request, wanted)
            if isinstance(found, Response):
                return found
            answers.append(found)
        return JSONResponse({"spreadsheetId": request.path_params["sheet_id"], "valueRanges": answers})

    async def drive_file(self, request: Request) -> Response:
        if refused := await self._refused(request):
            return refused
        moment = self._sheet(request).modified_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return JSONResponse({"modifiedTime": moment})

    async def export(self, request: Request) -> Response:
        """The CSV of one tab for anyone with the link; a sign-in page for others, as Google does."""
        if fault := await self._fault(request):
            return fault
        sheet = self.google.spreadsheets.get(request.path_params["sheet_id"])
        if sheet is None:
            return HTMLResponse("<!DOCTYPE html><html><body>Page introuvable</body></html>", 404)
        if not sheet.by_link:
            return RedirectResponse(f"{self.google.base}/ServiceLogin?continue=x", 307)
        gid = request.query_params.get("gid", "")
        tab = next((tab for tab in sheet.tabs if not gid or str(tab.gid) == gid), None)
        if tab is None:
            return HTMLResponse("<html>400</html>", 400)
        stream = io.StringIO()
        width = max((len(row) for row in tab.rows), default=0)
        writer = csv.writer(stream)
        for row in tab.rows:
            writer.writerow([shown(cell) for cell in row] + [""] * (width - len(row)))
        return Response(stream.getvalue().encode(), media_type="text/csv")

    async def _fault(self, request: Request) -> Response | None:
        path = request.url.path
        self.google.calls[path.split("/")[1]] += 1
        self.google.paths.append(f"{path}?{request.url.query}")
        fault = self.google.next_fault(path)
        if fault is None:
            return None
        if fault.delay:
            await asyncio.sleep(fault.delay)
        return error(fault.status, fault.message, fault.reason, fault.retry_after) if fault.status else None

    async def _refused(self, request: Request) -> Response | None:
        """Faults, then the token, then whether the sheet is shared with its owner."""
        if fault := await self._fault(request):
            return fault
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.google.tokens:
            return error(401, "Request had invalid authentication credentials.")
        sheet = self.google.spreadsheets.get(request.path_params["sheet_id"])
        if sheet is None:
            return error(404, "Requested entity was not found.")
        if sheet.readers and token.partition(":")[0] not in sheet.readers:
            return error(403, "The caller does not have permission", "forbidden")
        return None

    def _sheet(self, request: Request) -> Spreadsheet:
        return self.google.spreadsheets[request.path_params["sheet_id"]]

    def _signer(self, assertion: str) -> str | None:
        try:
            head, body, signature = assertion.split(".")
            email = str(json.loads(_unpadded(body))["iss"])
            self.google.accounts[email].verify(
                _unpadded(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except (ValueError, KeyError, InvalidSignature):
            return None
        return email

    def _range(self, request: Request, wanted: str) -> dict[str, Any] | Response:
        match = RANGE.match(wanted)
        title = (match["quoted"] or match["plain"] or "").replace("''", "'") if match else ""
        tab = self._sheet(request).tab(title)
        if match is None or tab is None:
            return error(400, f"Unable to parse range: {wanted}", "badRequest")
        area = _area(match["cells"] or "", tab)
        if area is None:
            return error(400, f"Range ({wanted}) exceeds grid limits.", "badRequest")
        as_value = request.query_params.get("valueRenderOption") == "UNFORMATTED_VALUE"
        first_row, last_row, first_column, last_column = area
        rows = [
            [unformatted(cell) if as_value else shown(cell) for cell in row[first_column:last_column]]
            for row in tab.rows[first_row:last_row]
        ]
        return {"range": wanted, "majorDimension": "ROWS", **_trimmed(rows)}


def _trimmed(rows: list[list[Any]]) -> dict[str, Any]:
    """Empty cells at the ends of rows and empty rows at the end are left out; without any, so is `values`."""
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return {"values": rows} if rows else {}


def _area(cells: str, tab: Tab) -> tuple[int, int, int, int] | None:
    """Half-open rows and columns from 0; None when the range leaves the grid."""
    if not cells:
        return 0, tab.row_count, 0, tab.column_count
    start, _, end = cells.partition(":")
    first, last = CELL.match(start), CELL.match(end or start)
    if first is None or last is None:
        return None
    first_row = int(first[2]) - 1 if first[2] else 0
    last_row = int(last[2]) if last[2] else tab.row_count
    first_column = _number(first[1]) - 1 if first[1] else 0
    last_column = _number(last[1]) if last[1] else tab.column_count
    if first_row >= tab.row_count or last_row > tab.row_count or last_column > tab.column_count:
        return None
    return first_row, last_row, first_column, last_column


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _tab_properties(tab: Tab, index: int) -> dict[str, Any]:
    properties: dict[str, Any] = {"sheetId": tab.gid, "title": tab.title, "index": index}
    if tab.is_chart:
        return {**properties, "sheetType": "OBJECT"}
    grid = {"rowCount": tab.row_count, "columnCount": tab.column_count}
    return {**properties, "sheetType": "GRID", "gridProperties": grid}


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
