"""TikTok's Business API: the basic report of an advertiser by campaign and day.

Wire facts: GET /open_api/v1.3/report/integrated/get/. Errors come as HTTP 200 with a code other than 0; a header tells
when the result was cut because there are too many ads.
"""

import json
import re
import time
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from commanda.ads.connectors.base import (
    AccountFacts,
    AskForLess,
    CampaignDay,
    ConnectionProblem,
    PlatformUnavailable,
    ask_in_parts,
)
from commanda.ads.connectors.caller import LONGEST_WAIT, RETRY_AFTER, TIMEOUT_SECONDS, USUAL_WAIT, Answer, Caller
from commanda.ads.connectors.cells import amount_of, count_of, day_of, objects_of
from commanda.kernel.text import shorten

BASE: Final = "https://business-api.tiktok.com"
REPORT: Final = "/open_api/v1.3/report/integrated/get/"
ADVERTISER: Final = "/open_api/v1.3/advertiser/info/"
PAGE_SIZE: Final = 1000
MOST_PAGES: Final = 100
# Deleted campaigns have spent as well; without this they are left out.
_ALL: Final = [{"field_name": "campaign_status", "filter_type": "IN", "filter_value": '["STATUS_ALL"]'}]
_THROTTLED: Final = frozenset({40016, 40100, 40133})
_TOKEN: Final = frozenset({40102, 40103, 40104, 40105, 40107})
_PERMISSION: Final = frozenset({40001})
_MISSING: Final = frozenset({40007, 40300})
_WRONG_TOKEN: Final = re.compile(r"access[ _-]?token.*(?:invalid|expired|incorrect|revoked)", re.IGNORECASE)
_TRANSIENT_FROM: Final = 50_000


class TikTokConnector:
    """An advertiser by its number."""

    most_days: Final = 30

    def __init__(
        self,
        account_id: str,
        token: str,
        *,
        base: str = "",
        currency: str = "",
        timeout: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._account_id = account_id
        self._currency = currency
        self._caller = Caller(base or BASE, headers={"Access-Token": token}, timeout=timeout, sleep=sleep)

    @property
    def is_near_limit(self) -> bool:
        """TikTok does not tell how much of the limit is used."""
        return False

    def facts(self) -> AccountFacts:
        """Name, currency and time zone of the advertiser."""
        params = {
            "advertiser_ids": json.dumps([self._account_id]),
            "fields": json.dumps(["advertiser_id", "name", "currency", "timezone"]),
        }
        found = objects_of(self._get(ADVERTISER, params).get("list"))
        if not found:
            raise ConnectionProblem("account_missing", field="external_id")
        number, currency = str(found[0].get("advertiser_id", "")), str(found[0].get("currency", ""))
        if not number or len(currency) != 3:
            raise PlatformUnavailable(RETRY_AFTER)
        return AccountFacts(number, shorten(str(found[0].get("name", "")), 80), currency, _zone(found[0]))

    def days(self, first: date, last: date) -> list[CampaignDay]:
        """See `Connector`. A range that is too much for one answer is asked for in halves."""
        return ask_in_parts(self._pages, first, last)

    def _pages(self, first: date, last: date) -> list[CampaignDay]:
        params = {
            "advertiser_id": self._account_id,
            "report_type": "BASIC",
            "data_level": "AUCTION_CAMPAIGN",
            "dimensions": json.dumps(["campaign_id", "stat_time_day"]),
            "metrics": json.dumps(["campaign_name", "currency", "spend", "impressions", "clicks"]),
            "start_date": first.isoformat(),
            "end_date": last.isoformat(),
            "filtering": json.dumps(_ALL),
            "page_size": str(PAGE_SIZE),
        }
        rows: dict[tuple[str, date], CampaignDay] = {}
        for page in range(1, MOST_PAGES + 1):
            data = self._get(REPORT, params | {"page": str(page)})
            for each in objects_of(data.get("list")):
                row = self._row(each)
                rows[row.campaign_id, row.spent_on] = row
            pages = data.get("page_info")
            total = pages.get("total_page", 1) if isinstance(pages, dict) else 1
            if not isinstance(total, int) or page >= total:
                return list(rows.values())
        raise AskForLess

    def _row(self, each: dict[str, Any]) -> CampaignDay:
        dimensions, metrics = each.get("dimensions"), each.get("metrics")
        if not isinstance(dimensions, dict) or not isinstance(metrics, dict) or not dimensions.get("campaign_id"):
            raise PlatformUnavailable(RETRY_AFTER)
        currency = str(metrics.get("currency") or "")
        if self._currency and currency not in {"", "-", self._currency}:
            raise ConnectionProblem("currency_changed", currency=currency[:3])
        number = str(dimensions["campaign_id"])[:100]
        return CampaignDay(
            campaign_id=number,
            campaign_name=shorten(str(metrics.get("campaign_name") or ""), 400) or number,
            spent_on=day_of(dimensions.get("stat_time_day")),
            amount=amount_of(metrics.get("spend")),
            impressions_qty=count_of(metrics.get("impressions")),
            clicks_qty=count_of(metrics.get("clicks")),
        )

    def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        data = self._caller.get(path, params, self._judge).body.get("data")
        return data if isinstance(data, dict) else {}

    def _judge(self, answer: Answer) -> Exception | None:
        code = answer.body.get("code")
        if answer.status == 429 or code in _THROTTLED:
            return PlatformUnavailable(_wait(answer), is_throttled=True)
        if answer.status == 401:
            return ConnectionProblem("token_expired")
        if answer.status >= 500 or not isinstance(code, int):
            return PlatformUnavailable(RETRY_AFTER)
        if code == 0:
            # The result was cut: fewer days have fewer ads in them.
            return AskForLess() if answer.headers.get("x-tt-ads-throttle") else None
        if code in _TOKEN or _WRONG_TOKEN.search(str(answer.body.get("message", ""))):
            return ConnectionProblem("token_expired")
        if code in _PERMISSION:
            return ConnectionProblem("no_permission")
        if code in _MISSING:
            return ConnectionProblem("account_missing", field="external_id")
        if code >= _TRANSIENT_FROM:
            return PlatformUnavailable(RETRY_AFTER)
        return ConnectionProblem("refused", reason=str(code))


def _wait(answer: Answer) -> int:
    told = answer.headers.get("retry-after", "")
    return min(max(int(told), 1), LONGEST_WAIT) if told.isascii() and told.isdigit() else USUAL_WAIT


def _zone(found: dict[str, Any]) -> str:
    return str(found.get("display_timezone") or found.get("timezone") or "")[:60]
