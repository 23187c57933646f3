"""Errors as problem+json (RFC 9457): a stable `code`, words in the reader's language, never a traceback.

| member | |
|---|---|
| type | `urn:commanda:problem:<code>` |
| title, status | the HTTP status and its name |
| detail | what happened and what to do, translated by `Accept-Language` |
| code | stable: programs compare this |
| field | the one input to mend, or null |
| errors | every field that is wrong, each with `field`, `code`, `detail` |
| retryable | the same request may succeed a little later |
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from commanda.api.fields import Out
from commanda.api.validation import field_errors
from commanda.kernel.errors import Busy, CommandaError
from commanda.kernel.transaction import RETRYABLE

log = structlog.get_logger("commanda.api")

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "1"
TITLES = {
    400: _("Bad request"),
    401: _("Not signed in"),
    403: _("Not allowed"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Conflict"),
    413: _("Too large"),
    415: _("Unsupported media type"),
    422: _("Invalid input"),
    429: _("Too many requests"),
    500: _("Our mistake"),
    503: _("Busy"),
}


class FieldProblem(Out):
    """One wrong field; `field` is a path like `lines.0.quantity`."""

    field: str
    code: str
    detail: str


class Problem(Out):
    """Why it was not done (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    field: str | None = None
    errors: list[FieldProblem] = []
    retryable: bool = False


def problem_of(error: CommandaError) -> Problem:
    """The problem that an expected error is."""
    return _problem(
        error.status,
        error.code,
        str(error),
        field=error.field,
        errors=[FieldProblem(field=error.field, code=error.code, detail=str(error))] if error.field else [],
        retryable=error.is_retryable,
    )


def answer(problem: Problem) -> HttpResponse:
    """The HTTP answer of a problem."""
    response = HttpResponse(problem.model_dump_json(), content_type=MEDIA_TYPE, status=problem.status)
    if problem.retryable:
        response["Retry-After"] = RETRY_AFTER_S
    if problem.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Commanda"'
    return response


def plain_problem(status: int) -> HttpResponse:
    """A problem known by its HTTP status alone."""
    codes = {404: "not_found", 405: "method_not_allowed"}
    return answer(_problem(status, codes[status], str(TITLES[status])))


def handle_problems(api: NinjaAPI) -> None:
    """Let every error of the API leave as a problem."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        CommandaError: _expected,
        ValidationError: _invalid,
        AuthenticationError: _unknown_key,
        Throttled: _throttled,
        HttpError: _http_error,
        Http404: lambda _request, _error: plain_problem(404),
        DataError: _unstorable,
        OperationalError: _database_away,
        InterfaceError: _database_away,
        RequestDataTooBig: _too_big,
        SuspiciousOperation: _unreadable,
        UnreadablePostError: _unreadable,
        Exception: _our_mistake,
    }
    for error, handler in handlers.items():
        api.add_exception_handler(error, handler)


def _problem(
    status: int,
    code: str,
    detail: str,
    *,
    field: str | None = None,
    errors: list[FieldProblem] | None = None,
    retryable: bool = False,
) -> Problem:
    return Problem(
        type=f"urn:commanda:problem:{code}",
        title=str(TITLES.get(status, TITLES[400])),
        status=status,
        detail=detail,
        code=code,
        field=field,
        errors=errors or [],
        retryable=retryable,
    )


def _expected(request: HttpRequest, error: CommandaError) -> HttpResponse:
    return answer(problem_of(error))


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [FieldProblem(**entry) for entry in field_errors(error.errors)]
    detail = f"{found[0].field}: {found[0].detail}" if found[0].field else found[0].detail
    return answer(_problem(422, "invalid", detail, field=found[0].field or None, errors=found))


def _unknown_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    text = _("Send a valid API key: Authorization: Bearer cmd_…")
    return answer(_problem(401, "unauthorized", str(text)))


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, CommandaError):  # ninja wraps what the parser raises
        return answer(problem_of(error.__cause__))
    status = error.status_code
    return answer(_problem(status, "bad_request" if status == 400 else "http_error", str(TITLES.get(status, error))))


def _throttled(request: HttpRequest, error: Throttled) -> HttpResponse:
    text = _("Too many requests. Wait a moment and go on more slowly.")
    return answer(_problem(429, "too_many_requests", str(text), retryable=True))


def _unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    """The safety net under the schemas: a value that no column holds."""
    log.warning("api.value_out_of_range")
    return answer(_problem(422, "out_of_range", str(_("A value is larger than anything we can keep."))))


def _database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error.__cause__, RETRYABLE):
        return answer(problem_of(Busy()))
    log.error("api.database_away", exc_info=error)
    text = _("The database cannot be reached at the moment. Try again.")
    return answer(_problem(503, "unavailable", str(text), retryable=True))


def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return answer(_problem(413, "too_large", str(_("The body is too large. Send fewer orders at a time."))))


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return answer(_problem(400, "bad_request", str(TITLES[400])))


def _our_mistake(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("api.unexpected_error", exc_info=error)
    text = _("This is our mistake, and it has been noted. Nothing was saved.")
    return answer(_problem(500, "internal_error", str(text)))
