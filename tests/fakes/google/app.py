"""The wire: paths, parameters, answers and errors as Google writes them.

Reference: https://developers.google.com/sheets/api/reference/rest, https://developers.google.com/drive/api
"""

import asyncio
import base64
import csv
import io
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.fakes.google.drive import file_answer, file_list
from tests.fakes.google.grid import BadRange
from tests.fakes.google.sheets import append_rows, change_structure, metadata, read_ranges, write_ranges
from tests.fakes.google.state import FakeGoogle, Fault, Spreadsheet, shown
from tests.fakes.serving import Dropped

STATUS_WORDS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
                429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}  # fmt: skip
Answer = Callable[[Spreadsheet, Request, Any], dict[str, Any]]


def make_app(google: FakeGoogle) -> ASGIApp:
    """The ASGI app over a fake world."""
    wire = _Wire(google)
    sheet = "/v4/spreadsheets/{sheet_id}"
    return Starlette(
        routes=[
            Route("/token", wire.token, methods=["POST"]),
            Route(f"{sheet}/values:batchGet", wire.serve(_batch_get)),
            Route(f"{sheet}/values:batchUpdate", wire.serve(_batch_update, writes=True), methods=["POST"]),
            Route(f"{sheet}/values/{{cells:path}}:append", wire.serve(_append, writes=True), methods=["POST"]),
            Route(f"{sheet}/values/{{cells:path}}", wire.serve(_update, writes=True), methods=["PUT"]),
            Route(f"{sheet}/values/{{cells:path}}", wire.serve(_get)),
            Route(f"{sheet}:batchUpdate", wire.serve(_structure, writes=True), methods=["POST"]),
            Route(sheet, wire.serve(_metadata)),
            Route("/drive/v3/files", wire.drive_files),
            Route("/drive/v3/files/{sheet_id}", wire.drive_file),
            Route("/spreadsheets/d/{sheet_id}/export", wire.export),
        ]
    )


def error(status: int, message: str = "", reason: str = "", retry_after: int | None = None) -> JSONResponse:
    """An error in the shape of Google's APIs."""
    words = STATUS_WORDS.get(status, "ERROR")
    body: dict[str, Any] = {"code": status, "message": message or words, "status": words}
    if reason:
        body["errors"] = [{"reason": reason, "message": message, "domain": "global"}]
    elif status == 429:
        body["message"] = (
            "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' "
            "of service 'sheets.googleapis.com' for consumer 'project_number:1'."
        )
        body["details"] = [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {"service": "sheets.googleapis.com", "quota_limit": "ReadRequestsPerMinutePerUser"},
            }
        ]
    headers = {"retry-after": str(retry_after)} if retry_after is not None else {}
    return JSONResponse({"error": body}, status, headers=headers)


class _Wire:
    """Faults, the token, then whether the sheet is shared; only then the answer."""

    def __init__(self, google: FakeGoogle) -> None:
        self.google = google

    def serve(self, answer: Answer, *, writes: bool = False) -> Callable[[Request], Awaitable[Response]]:
        async def end_point(request: Request) -> Response:
            fault = await self._meet(request)
            if fault is not None and not fault.is_done and (broken := _broken(fault)) is not None:
                return broken
            refused = self._refused(request, writes=writes)
            if refused is not None:
                return refused
            body = json.loads(await request.body()) if writes else None
            if writes:
                self.google.bodies.append((request.method, request.url.path, body))
            sheet = self.google.spreadsheets[request.path_params["sheet_id"]]
            try:
                found = answer(sheet, request, body)
            except BadRange as problem:
                return error(400, str(problem), "badRequest")
            if writes:
                sheet.touch()
            if fault is not None:
                if fault.afterwards is not None:
                    fault.afterwards()
                if (broken := _broken(fault)) is not None:
                    return broken
                found = _cut(found, fault)
            return JSONResponse({"spreadsheetId": request.path_params["sheet_id"], **found} if writes else found)

        return end_point

    async def token(self, request: Request) -> Response:
        """Checks the signed assertion, as OAuth's JWT bearer grant asks."""
        fault = await self._meet(request)
        if fault is not None and (broken := _broken(fault)) is not None:
            return broken
        form = parse_qs((await request.body()).decode())
        email = self._signer((form.get("assertion") or [""])[0])
        if email is None:
            return JSONResponse({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, 400)
        token = f"{email}:{secrets.token_hex(8)}"
        self.google.tokens.add(token)
        return JSONResponse({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    async def drive_files(self, request: Request) -> Response:
        """The files shared with the account, newest first."""
        fault = await self._meet(request)
        if fault is not None and (broken := _broken(fault)) is not None:
            return broken
        email = self._email(request)
        if email is None:
            return error(401, "Request had invalid authentication credentials.")
        return JSONResponse(file_list(self.google, email, request.query_params))

    async def drive_file(self, request: Request) -> Response:
        """What Drive knows of a spreadsheet."""
        email = self._email(request) or ""

        def answer(sheet: Spreadsheet, _request: Request, _body: Any) -> dict[str, Any]:
            return file_answer(sheet, email)

        return await self.serve(answer)(request)

    async def export(self, request: Request) -> Response:
        """The CSV of one tab for anyone with the link; a sign-in page for others, as Google does."""
        fault = await self._meet(request)
        if fault is not None and (broken := _broken(fault)) is not None:
            return broken
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

    async def _meet(self, request: Request) -> Fault | None:
        """Count the call; the fault whose turn it is, its silence and what happens in the sheet meanwhile done."""
        path = request.url.path
        self.google.calls[path.split("/")[1]] += 1
        self.google.paths.append(f"{path}?{request.url.query}")
        fault = self.google.next_fault(request.method, path)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.meanwhile is not None:
                fault.meanwhile()
        return fault

    def _refused(self, request: Request, *, writes: bool) -> Response | None:
        email = self._email(request)
        if email is None:
            return error(401, "Request had invalid authentication credentials.")
        sheet = self.google.spreadsheets.get(request.path_params["sheet_id"])
        if sheet is None:
            return error(404, "Requested entity was not found.")
        named = [sheet.readers, sheet.editors] if writes else [sheet.readers]
        if any(emails and email not in emails for emails in named):
            return error(403, "The caller does not have permission", "forbidden")
        return None

    def _email(self, request: Request) -> str | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return token.partition(":")[0] if token in self.google.tokens else None

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


def _broken(fault: Fault) -> Response | None:
    if fault.reset:
        return Dropped()
    return error(fault.status, fault.message, fault.reason, fault.retry_after) if fault.status else None


def _cut(found: dict[str, Any], fault: Fault) -> dict[str, Any]:
    if "valueRanges" not in found:
        return found
    ranges = found["valueRanges"][: fault.ranges]
    return {**found, "valueRanges": [{**each, "values": each.get("values", [])[: fault.rows]} for each in ranges]}


def _metadata(sheet: Spreadsheet, request: Request, _body: Any) -> dict[str, Any]:
    return metadata(request.path_params["sheet_id"], sheet)


def _get(sheet: Spreadsheet, request: Request, _body: Any) -> dict[str, Any]:
    return read_ranges(sheet, [request.path_params["cells"]], request.query_params)[0]


def _batch_get(sheet: Spreadsheet, request: Request, _body: Any) -> dict[str, Any]:
    found = read_ranges(sheet, request.query_params.getlist("ranges"), request.query_params)
    return {"spreadsheetId": request.path_params["sheet_id"], "valueRanges": found}


def _batch_update(sheet: Spreadsheet, _request: Request, body: Any) -> dict[str, Any]:
    return write_ranges(sheet, body["data"], body.get("valueInputOption", ""))


def _update(sheet: Spreadsheet, request: Request, body: Any) -> dict[str, Any]:
    how = request.query_params.get("valueInputOption", "")
    answer = write_ranges(sheet, [{**body, "range": request.path_params["cells"]}], how)
    return dict(answer["responses"][0])


def _append(sheet: Spreadsheet, request: Request, body: Any) -> dict[str, Any]:
    how = request.query_params.get("valueInputOption", "")
    return append_rows(sheet, request.path_params["cells"], body["values"], how)


def _structure(sheet: Spreadsheet, _request: Request, body: Any) -> dict[str, Any]:
    return {"replies": [change_structure(sheet, wanted) for wanted in body["requests"]]}


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
