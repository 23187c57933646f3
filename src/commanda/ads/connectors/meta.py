"""Meta's Marketing API: insights of an ad account by campaign and day.

Wire facts: https://developers.facebook.com/documentation/ads-commerce/marketing-api/insights (and …/error-codes). The
token travels in the query, as Meta's own libraries send it: no address with a query is ever logged or shown.
"""

import hmac
import json
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

BASE: Final = "https://graph.facebook.com"
VERSION: Final = "v26.0"
PAGE_SIZE: Final = 500
MOST_PAGES: Final = 400
NEAR_LIMIT: Final = 90
_FIELDS: Final = "campaign_id,campaign_name,spend,account_currency,impressions,clicks,date_start,date_stop"
_THROTTLED: Final = frozenset({4, 17, 32, 613, 80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014})
# (code, subcode): the question was too much for one answer.
_TOO_MUCH: Final = frozenset({(100, 1504018), (2, 1504038), (1, 99)})
_TRANSIENT: Final = frozenset({1, 2})
_TOKEN: Final = frozenset({102, 190, 463, 467})
_PERMISSION: Final = frozenset({3, 10, 200, 270, 272, 273, 294})


class MetaConnector:
    """An ad account by its number (without `act_`). `app_secret` adds the proof that the token is ours."""

    most_days: Final = 31

    def __init__(
        self,
        account_id: str,
        token: str,
        *,
        app_secret: str = "",
        base: str = "",
        currency: str = "",
        timeout: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = f"/{VERSION}/act_{account_id}"
        self._currency = currency
        self._proof = {"access_token": token}
        if app_secret:
            self._proof["appsecret_proof"] = hmac.new(app_secret.encode(), token.encode(), "sha256").hexdigest()
        self._caller = Caller(base or BASE, timeout=timeout, sleep=sleep)
        self._used = 0

    @property
    def is_near_limit(self) -> bool:
        """Whether the account or the app has used nine tenths of what it may ask for."""
        return self._used >= NEAR_LIMIT

    def facts(self) -> AccountFacts:
        """Name, currency and time zone of the account."""
        body = self._get("", {"fields": "account_id,name,currency,timezone_name"})
        number, currency = str(body.get("account_id", "")), str(body.get("currency", ""))
        if not number or len(currency) != 3:
            raise PlatformUnavailable(RETRY_AFTER)
        return AccountFacts(
            number, shorten(str(body.get("name", "")), 80), currency, str(body.get("timezone_name", ""))
        )

    def days(self, first: date, last: date) -> list[CampaignDay]:
        """See `Connector`. A range that is too much for one answer is asked for in halves."""
        return ask_in_parts(self._pages, first, last)

    def _pages(self, first: date, last: date) -> list[CampaignDay]:
        params = {
            "level": "campaign",
            "time_increment": "1",
            "time_range": json.dumps({"since": first.isoformat(), "until": last.isoformat()}),
            "fields": _FIELDS,
            "limit": str(PAGE_SIZE),
        }
        rows: dict[tuple[str, date], CampaignDay] = {}
        seen: set[str] = set()
        for _page in range(MOST_PAGES):
            body = self._get("/insights", params)
            for each in objects_of(body.get("data")):
                row = self._row(each)
                rows[row.campaign_id, row.spent_on] = row
            paging = body.get("paging")
            after = _after(paging) if isinstance(paging, dict) and paging.get("next") else ""
            if not after or after in seen:
                return list(rows.values())
            seen.add(after)
            params = params | {"after": after}
        raise AskForLess

    def _row(self, each: dict[str, Any]) -> CampaignDay:
        currency = str(each.get("account_currency", ""))
        if self._currency and currency and currency != self._currency:
            raise ConnectionProblem("currency_changed", currency=currency[:3])
        number = str(each.get("campaign_id", ""))
        if not number:
            raise PlatformUnavailable(RETRY_AFTER)
        return CampaignDay(
            campaign_id=number[:100],
            campaign_name=shorten(str(each.get("campaign_name", "")), 400) or number[:100],
            spent_on=day_of(each.get("date_start")),
            amount=amount_of(each.get("spend")),
            impressions_qty=count_of(each.get("impressions")),
            clicks_qty=count_of(each.get("clicks")),
        )

    def _get(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        return self._caller.get(self._path + path, params | self._proof, self._judge).body

    def _judge(self, answer: Answer) -> Exception | None:
        self._used = _used(answer)
        error = answer.body.get("error")
        if not isinstance(error, dict):
            return None if answer.status == 200 and answer.body else PlatformUnavailable(RETRY_AFTER)
        code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
        if (code, subcode) in _TOO_MUCH:
            return AskForLess()
        if code in _THROTTLED or answer.status == 429:
            return PlatformUnavailable(_wait(answer), is_throttled=True)
        if code in _TOKEN:
            return ConnectionProblem("token_expired")
        if code in _PERMISSION:
            return ConnectionProblem("no_permission")
        if code == 100 and subcode == 33:
            return ConnectionProblem("account_missing", field="external_id")
        if code in _TRANSIENT or answer.status >= 500:
            return PlatformUnavailable(RETRY_AFTER)
        # The message of an error may repeat what was sent; codes cannot.
        return ConnectionProblem("refused", reason=f"{code}/{subcode}")


def _used(answer: Answer) -> int:
    """The highest share, in percent, of what may be asked for, as the headers tell it."""
    shares = [_number(value) for name, value in _json(answer, "x-fb-ads-insights-throttle").items() if "_pct" in name]
    for entry in _business_use(answer):
        shares += [_number(entry.get(name)) for name in ("call_count", "total_cputime", "total_time")]
    return max(shares, default=0)


def _wait(answer: Answer) -> int:
    """Seconds until we may ask again: the headers tell minutes."""
    minutes = max((_number(entry.get("estimated_time_to_regain_access")) for entry in _business_use(answer)), default=0)
    return min(max(minutes * 60, USUAL_WAIT), LONGEST_WAIT)


def _business_use(answer: Answer) -> list[dict[str, Any]]:
    found = _json(answer, "x-business-use-case-usage").values()
    return [entry for entries in found for entry in objects_of(entries)]


def _json(answer: Answer, header: str) -> dict[str, Any]:
    try:
        found = json.loads(answer.headers.get(header, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _after(paging: dict[str, Any]) -> str:
    cursors = paging.get("cursors")
    return str(cursors.get("after", "")) if isinstance(cursors, dict) else ""


def _number(value: Any) -> int:
    """A whole number; 0 for anything else."""
    return int(value) if isinstance(value, int | float) and 0 <= value < 10**9 else 0
