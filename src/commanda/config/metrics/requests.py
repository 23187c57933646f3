"""Counts requests and statements in the web server."""

import time
from collections.abc import Callable
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
STATEMENT_BUCKETS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 2.0, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS: Final = Counter("commanda_requests", "Answers by the pattern of their address", ["route", "method", "status"])
SECONDS: Final = Histogram(
    "commanda_request_seconds", "From the request to the head of its answer", ["route"], buckets=BUCKETS
)
STATEMENTS: Final = Histogram(
    "commanda_statement_seconds",
    "SQL statements as the web server waits for them",
    ["database"],
    buckets=STATEMENT_BUCKETS,
)
REFUSED: Final = Counter("commanda_statement_errors", "SQL statements that the database refused", ["database"])


class CountRequests:
    """Middleware, outside all that may refuse a request. Static files are answered before it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        connection_created.connect(_watch, dispatch_uid="commanda.metrics")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self._get_response(request)
        route = route_of(request)
        method = request.method if request.method in METHODS else "other"
        SECONDS.labels(route).observe(time.perf_counter() - began)
        REQUESTS.labels(route, method, str(response.status_code)).inc()
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern of the request's address; never the address, which may hold anything."""
    return f"/{request.resolver_match.route}" if request.resolver_match else "unresolved"


def _watch(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """A connection that was made again has its wrappers still."""
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    database = context["connection"].alias
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    except Exception:
        REFUSED.labels(database).inc()
        raise
    finally:
        STATEMENTS.labels(database).observe(time.perf_counter() - began)
