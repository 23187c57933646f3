"""The wire: paths, parameters, answers and errors as the two platforms write them."""

import asyncio
import base64
import hmac
import json
from datetime import date
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.fakes.ads.state import APP_SECRET, Account, AdWorld, Fault, graph_error
from tests.fakes.serving import Dropped

MOST_TIKTOK_DAYS = 30


def make_app(world: AdWorld) -> ASGIApp:
    """The ASGI app over a fake world."""
    wire = _Wire(world)
    return Starlette(
        routes=[
            Route("/v26.0/act_{number}/insights", wire.insights),
            Route("/v26.0/act_{number}", wire.meta_account),
            Route("/open_api/v1.3/report/integrated/get/", wire.report),
            Route("/open_api/v1.3/advertiser/info/", wire.advertiser),
        ]
    )


class _Wire:
    """Faults first, then the token, then the answer."""

    def __init__(self, world: AdWorld) -> None:
        self.world = world

    async def insights(self, request: Request) -> Response:
        """GET /act_{id}/insights by campaign and day, in pages with cursors."""
        query = dict(request.query_params)
        span = json.loads(query.get("time_range", "{}"))
        if (broken := await self._meet(request, query, span.get("since"), span.get("until"))) is not None:
            return broken
        account = self._meta(request)
        if isinstance(account, Response):
            return account
        if query.get("level") != "campaign" or query.get("time_increment") != "1":
            return JSONResponse(graph_error(100), 400)
        rows = account.between(span["since"], span["until"], with_deleted=True)
        start = int(base64.b64decode(query["after"]).decode()) if "after" in query else 0
        size = min(int(query.get("limit", "25")), self.world.page_size)
        cut = rows[start : start + size]
        data = [
            {
                "campaign_id": row.campaign_id,
                "campaign_name": account.campaigns[row.campaign_id],
                "spend": row.spend,
                "account_currency": account.currency,
                "impressions": row.impressions,
                "clicks": row.clicks,
                "date_start": row.day.isoformat(),
                "date_stop": row.day.isoformat(),
            }
            for row in cut
        ]
        body: dict[str, Any] = {"data": data}
        if cut:
            after = base64.b64encode(str(start + size).encode()).decode()
            body["paging"] = {"cursors": {"before": "MAZDZD", "after": after}}
            if start + size < len(rows):
                # Meta's own link repeats the token.
                body["paging"]["next"] = f"{self.world.base}/next?access_token={self.world.token}&after={after}"
        return JSONResponse(body, headers=self.world.usage)

    async def meta_account(self, request: Request) -> Response:
        """GET /act_{id}: who the account is."""
        if (broken := await self._meet(request, dict(request.query_params))) is not None:
            return broken
        account = self._meta(request)
        if isinstance(account, Response):
            return account
        return JSONResponse(
            {
                "account_id": account.number,
                "name": account.name,
                "currency": account.currency,
                "timezone_name": account.zone,
                "id": f"act_{account.number}",
            }
        )

    async def report(self, request: Request) -> Response:
        """The integrated report by campaign and day; HTTP 200 whatever happens."""
        query = dict(request.query_params)
        first, last = query.get("start_date", ""), query.get("end_date", "")
        if (broken := await self._meet(request, query, first, last)) is not None:
            return broken
        if (refused := self._tiktok_refusal(request)) is not None:
            return refused
        if (date.fromisoformat(last) - date.fromisoformat(first)).days >= MOST_TIKTOK_DAYS:
            return _tiktok(40002, "The time range must not exceed 30 days.")
        account = self.world.tiktok.get(query.get("advertiser_id", ""))
        if account is None:
            return _tiktok(40001, "No permission to operate the advertiser.")
        rows = account.between(first, last, with_deleted="STATUS_ALL" in query.get("filtering", ""))
        size, page = min(int(query.get("page_size", "10")), self.world.page_size), int(query.get("page", "1"))
        data = [
            {
                "dimensions": {"campaign_id": row.campaign_id, "stat_time_day": f"{row.day.isoformat()} 00:00:00"},
                "metrics": {
                    "campaign_name": account.campaigns[row.campaign_id],
                    "currency": account.currency,
                    "spend": row.spend,
                    "impressions": row.impressions,
                    "clicks": row.clicks,
                },
            }
            for row in rows[(page - 1) * size : page * size]
        ]
        info = {"page": page, "page_size": size, "total_number": len(rows), "total_page": -(-len(rows) // size) or 1}
        headers = {"X-Tt-Ads-Throttle": "Number of ad ids is more than 20k"} if self.world.truncates else {}
        return _tiktok(0, "OK", {"list": data, "page_info": info}, headers)

    async def advertiser(self, request: Request) -> Response:
        """Who the advertiser is."""
        query = dict(request.query_params)
        if (broken := await self._meet(request, query)) is not None:
            return broken
        if (refused := self._tiktok_refusal(request)) is not None:
            return refused
        wanted = json.loads(query["advertiser_ids"])
        found = [
            {"advertiser_id": each.number, "name": each.name, "currency": each.currency, "timezone": each.zone}
            for number in wanted
            if (each := self.world.tiktok.get(number)) is not None
        ]
        return _tiktok(0, "OK", {"list": found})

    async def _meet(
        self, request: Request, query: dict[str, str], first: str | None = None, last: str | None = None
    ) -> Response | None:
        """Write the call down; the answer of the fault whose turn it is, if any."""
        path, days = request.url.path, 0
        if first and last:
            query = query | {"since": first, "until": last}
            days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        self.world.calls.append((path, query))
        fault = self.world.next_fault(path, days)
        if fault is None:
            return None
        await asyncio.sleep(fault.delay)
        if fault.meanwhile is not None:
            fault.meanwhile()
        return _answer(fault)

    def _meta(self, request: Request) -> Account | Response:
        query = request.query_params
        if query.get("access_token") != self.world.token:
            return JSONResponse(graph_error(190, 463), 400)
        proof = query.get("appsecret_proof")
        if proof is not None:
            right = hmac.new(APP_SECRET.encode(), self.world.token.encode(), "sha256").hexdigest()
            if proof != right:
                return JSONResponse(graph_error(100), 400)
        account = self.world.meta.get(request.path_params["number"])
        return account if account is not None else JSONResponse(graph_error(100, 33), 400)

    def _tiktok_refusal(self, request: Request) -> Response | None:
        if request.headers.get("access-token") != self.world.token:
            return _tiktok(40105, "Access token is incorrect or has been revoked.")
        return None


def _answer(fault: Fault) -> Response | None:
    if fault.reset:
        return Dropped()
    if not fault.status:
        return None
    if isinstance(fault.body, str):
        return Response(fault.body, fault.status, headers=fault.headers, media_type="application/json")
    return JSONResponse(fault.body or {}, fault.status, headers=fault.headers)


def _tiktok(code: int, message: str, data: Any = None, headers: dict[str, str] | None = None) -> Response:
    body = {"code": code, "message": message, "request_id": "20261127000000", "data": data or {}}
    return JSONResponse(body, headers=headers)
