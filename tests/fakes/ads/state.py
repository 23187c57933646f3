"""What the fake holds: accounts of both platforms, what their campaigns spent, and the faults to come."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TOKEN = "EAAfakeToken1234567890"
APP_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@dataclass
class Spent:
    """What a campaign spent on a day, as the platform writes it."""

    campaign_id: str
    day: dt.date
    spend: str
    impressions: str = "1000"
    clicks: str = "20"


@dataclass
class Account:
    """`campaigns` are names by id; `deleted` those that were deleted."""

    number: str
    name: str = "Souk Atlas Ads"
    currency: str = "USD"
    zone: str = "Africa/Casablanca"
    campaigns: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    rows: list[Spent] = field(default_factory=list)

    def spend(self, campaign_id: str, day: dt.date, amount: str, **more: str) -> Spent:
        """A day of a campaign, made when it is not known; an earlier row of the same day is replaced (restated)."""
        self.campaigns.setdefault(campaign_id, f"Campaign {campaign_id}")
        self.rows = [row for row in self.rows if (row.campaign_id, row.day) != (campaign_id, day)]
        row = Spent(campaign_id, day, amount, **more)
        self.rows.append(row)
        return row

    def between(self, first: str, last: str, *, with_deleted: bool) -> list[Spent]:
        """The rows of days given as ISO, by day and campaign."""
        found = [
            row
            for row in self.rows
            if first <= row.day.isoformat() <= last and (with_deleted or row.campaign_id not in self.deleted)
        ]
        return sorted(found, key=lambda row: (row.day, row.campaign_id))


@dataclass
class Fault:
    """How calls go wrong, for the next `times` calls whose path contains `path` once `skip` of them have passed.

    `status` and `body` (a dict, or text for what is no JSON) are the answer, with `headers`; `delay` is silence first;
    `reset` cuts the connection. `most_days` makes it a fault of questions that span more days only. `meanwhile` happens
    just before the call is served as usual.
    """

    status: int = 0
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    path: str = ""
    skip: int = 0
    delay: float = 0.0
    reset: bool = False
    most_days: int | None = None
    meanwhile: Callable[[], object] | None = None

    def hits(self, path: str, days: int) -> bool:
        """Whether it is this call's turn; counts it."""
        if self.times <= 0 or self.path not in path or (self.most_days is not None and days <= self.most_days):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class AdWorld:
    """The world behind the fake's addresses. `base` is its origin once it runs; one token opens everything."""

    def __init__(self) -> None:
        self.base = ""
        self.clear()

    def clear(self) -> None:
        """Forget all but the address."""
        self.token = TOKEN
        self.meta: dict[str, Account] = {}
        self.tiktok: dict[str, Account] = {}
        self.faults: list[Fault] = []
        # (path, query) of every call, in order.
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.page_size = 1000
        # Headers that tell how much may still be asked for.
        self.usage: dict[str, str] = {}
        self.truncates = False

    def add_meta(self, number: str = "1234567", **more: Any) -> Account:
        return self.meta.setdefault(number, Account(number, **more))

    def add_tiktok(self, number: str = "7654321", **more: Any) -> Account:
        return self.tiktok.setdefault(number, Account(number, **more))

    def fail(self, status: int = 0, body: Any = None, **more: Any) -> None:
        self.faults.append(Fault(status, body, **more))

    def fail_meta(self, code: int, subcode: int = 0, *, status: int = 400, **more: Any) -> None:
        """An error in the shape of the Graph API."""
        self.fail(status, graph_error(code, subcode), **more)

    def fail_tiktok(self, code: int, message: str = "", **more: Any) -> None:
        """An error as TikTok tells it: with HTTP 200."""
        self.fail(200, {"code": code, "message": message, "request_id": "2026", "data": {}}, **more)

    def next_fault(self, path: str, days: int) -> Fault | None:
        return next((fault for fault in self.faults if fault.hits(path, days)), None)

    def days_asked(self) -> list[tuple[str, str]]:
        """The ranges of days that were asked for, each page once."""
        return [(query["since"], query["until"]) for _path, query in self.calls if "since" in query]


def graph_error(code: int, subcode: int = 0) -> dict[str, Any]:
    """The body of an error of the Graph API; it repeats the token, as a careless server might."""
    error: dict[str, Any] = {"message": f"(#{code}) went wrong for {TOKEN}", "type": "OAuthException", "code": code}
    if subcode:
        error["error_subcode"] = subcode
    return {"error": {**error, "fbtrace_id": "AbCdEf"}}
