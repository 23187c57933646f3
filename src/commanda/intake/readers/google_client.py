"""Calls to Google with a service account: credentials, retries, and errors in words a person can act on.

Wire facts: https://developers.google.com/sheets/api/reference/rest and …/sheets/api/limits (300 reads a minute
per project, 60 per user; 429 asks for exponential back-off).

The library is loaded where it is used: a process that reads no sheet of Google does not carry its 15 MiB.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from commanda.intake.readers.base import ReadProblem, SourceUnavailable

if TYPE_CHECKING:
    from googleapiclient.errors import HttpError

SCOPES: Final = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
)
TRIES: Final = 3
TIMEOUT_SECONDS: Final = 30
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 20.0
RETRY_AFTER: Final = 60
_GOOGLE_HOSTS: Final = ("googleapis.com", "accounts.google.com")
_TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})
_QUOTA_REASONS: Final = frozenset(
    {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"}
)
_DISABLED_REASONS: Final = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_JITTER: Final = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A key file, checked. `email` is the address to share sheets with; `credentials` sign with its key."""

    email: str
    credentials: Any

    @classmethod
    def from_key_file(cls, text: str, *, api_base: str | None = None) -> "ServiceAccount":
        """Reads the JSON key file. Raises `ReadProblem` `bad_key`.

        The token is fetched from the address in the file, so only Google's hosts are let through, or the host of
        `api_base` when calls go to another one.
        """
        from google.auth.exceptions import GoogleAuthError
        from google.oauth2.service_account import Credentials

        make: Any = Credentials  # it carries no types
        try:
            info = json.loads(text)
            email, token_uri = info["client_email"], info["token_uri"]
            signer = _signer(info["private_key"], info.get("private_key_id"))
            credentials = make(signer, email, token_uri, scopes=list(SCOPES))
        except (ValueError, KeyError, TypeError, GoogleAuthError):
            raise ReadProblem("bad_key") from None
        if not _is_trusted(str(token_uri), api_base):
            raise ReadProblem("bad_key")
        return cls(str(email), credentials)


@lru_cache(maxsize=64)
def _signer(private_key: str, key_id: str | None) -> Any:
    """What signs with a key: to check an RSA key takes longer than all the rest of a reading without news."""
    from google.auth.crypt import RSASigner

    make: Any = RSASigner.from_string  # it carries no types
    return make(private_key, key_id)


class GoogleClient:
    """The real client library, pointed at Google or at `api_base` (the origin of a compatible server).

    Each call has a time-out and at most three tries; what helps after waiting raises `SourceUnavailable`, what a
    person has to mend `ReadProblem`. Not to be shared between threads.
    """

    def __init__(
        self,
        account: ServiceAccount,
        *,
        api_base: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        import httplib2
        from google_auth_httplib2 import AuthorizedHttp

        self.account = account
        self._api_base = api_base.rstrip("/") if api_base else None
        self._sleep = sleep
        http = httplib2.Http(timeout=timeout)
        http.follow_redirects = False  # a server that somebody named could lead into our own network
        self._http = AuthorizedHttp(account.credentials, http=http)

    @property
    def spreadsheets(self) -> Any:
        return _resource(self._api_base, "spreadsheets")

    @property
    def values(self) -> Any:
        return _resource(self._api_base, "values")

    @property
    def files(self) -> Any:
        return _resource(self._api_base, "files")

    def execute(self, request: Any, *, tab: str = "") -> dict[str, Any]:
        """Runs a request of `spreadsheets`, `values` or `files`; `tab` only names the tab in a message."""
        from google.auth.exceptions import RefreshError, TransportError
        from googleapiclient.errors import HttpError
        from httplib2 import HttpLib2Error

        # Nobody answers, the connection ends, or only a part of the answer arrives.
        cut_off = (TransportError, OSError, HttpLib2Error, HTTPException, json.JSONDecodeError)
        wait, is_quota = _FIRST_WAIT, False
        for attempt in range(1, TRIES + 1):
            try:
                return dict(request.execute(http=self._http, num_retries=0))
            except HttpError as error:
                told, is_quota = _retry_after(error), _is_quota(error)
                if not _is_transient(error):
                    raise self._as_problem(error, tab) from error
            except RefreshError as error:
                # The token endpoint says why; in a bad moment the library has already tried three times.
                if not error.retryable:
                    raise ReadProblem("bad_key") from error
                raise SourceUnavailable(RETRY_AFTER) from error
            except cut_off:
                told, is_quota = None, False
            if attempt < TRIES:
                # Jitter: many sources of one key must not come back at the same instant.
                self._sleep(min(told if told is not None else wait * _JITTER.uniform(1.0, 1.5), _LONGEST_WAIT))
                wait *= 2
        raise SourceUnavailable(retry_after=max(RETRY_AFTER, int(told or 0)), quota=is_quota)

    def _as_problem(self, error: "HttpError", tab: str) -> ReadProblem:
        status, reason = int(error.status_code), _reason(error)
        if status == 401:
            return ReadProblem("bad_key")
        if status == 403:
            if reason in _DISABLED_REASONS:
                return ReadProblem("api_disabled")
            return ReadProblem("permission_lost", email=self.account.email)
        if status == 404:
            return ReadProblem("spreadsheet_missing")
        if status == 400 and "parse range" in str(error).lower():
            return ReadProblem("tab_missing", tab=tab)
        if status == 400 and "protected" in str(error).lower():
            return ReadProblem("protected_cells", email=self.account.email)
        return ReadProblem("refused")


@cache
def _resource(api_base: str | None, name: str) -> Any:
    """The part of the client that makes requests; they run over each reader's own connection.

    Kept for the life of the process: the library builds all methods of a resource with their help texts each time one
    is asked for, which costs more than the call itself. The description of the API is bundled with the library, so
    nobody is called here.
    """
    import httplib2
    from googleapiclient.discovery import build

    if name == "values":
        return _resource(api_base, "spreadsheets").values()
    api, version, path = ("drive", "v3", "/drive/v3/") if name == "files" else ("sheets", "v4", "")
    options = {"api_endpoint": api_base + path} if api_base else None
    service = build(
        api, version, http=httplib2.Http(), client_options=options, static_discovery=True, cache_discovery=False
    )
    return getattr(service, name)()


def _is_trusted(token_uri: str, api_base: str | None) -> bool:
    address = urlsplit(token_uri)
    host = address.hostname or ""
    if api_base is not None and address.netloc == urlsplit(api_base).netloc:
        return True
    return address.scheme == "https" and any(host == known or host.endswith("." + known) for known in _GOOGLE_HOSTS)


def _is_transient(error: "HttpError") -> bool:
    return int(error.status_code) in _TRANSIENT or _is_quota(error)


def _is_quota(error: "HttpError") -> bool:
    status = int(error.status_code)
    return status == 429 or (status == 403 and _reason(error) in _QUOTA_REASONS)


def _reason(error: "HttpError") -> str:
    """The machine-readable reason, in the old or the new shape of Google's errors."""
    try:
        body = json.loads(error.content)["error"]
    except (ValueError, KeyError, TypeError):
        return ""
    entries = [*body.get("errors", ()), *body.get("details", ())] if isinstance(body, dict) else []
    return next((str(entry["reason"]) for entry in entries if isinstance(entry, dict) and "reason" in entry), "")


def _retry_after(error: "HttpError") -> float | None:
    told = str(error.resp.get("retry-after", ""))
    return float(told) if told.isdecimal() else None
