"""What a page says when it could not be made: try again, when that helps; otherwise that it is our mistake."""

import sys

import structlog
from django.db import DataError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults

from commanda.kernel.errors import Busy, CommandaError
from commanda.kernel.transaction import RETRYABLE, is_database_away
from commanda.web.htmx import toast

log = structlog.get_logger("commanda.web")

RETRY_AFTER_S = "1"


def failure_page(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """The answer to an error that no form caught, None when it is nothing that was expected.

    A toast for htmx, otherwise a page that says what to do; `Retry-After` where asking again soon may help.
    """
    if isinstance(error, OperationalError) and isinstance(error.__cause__, RETRYABLE):
        error = Busy()
    if isinstance(error, CommandaError):
        response = _expected(request, error)
    elif is_database_away(error):
        response = _database_away(request)
    elif isinstance(error, DataError):
        response = _unstorable(request)
    else:
        return None
    if response.status_code == Busy.status:
        response["Retry-After"] = RETRY_AFTER_S
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler for what nobody caught, outside of the views too: a session is read before them."""
    error = sys.exc_info()[1]
    response = failure_page(request, error) if isinstance(error, Exception) else None
    return response or defaults.server_error(request)


def _expected(request: HttpRequest, error: CommandaError) -> HttpResponse:
    if getattr(request, "htmx", None):
        return _toast(error.status, str(error))
    return render(request, "error.html", {"error": error}, status=error.status)


def _database_away(request: HttpRequest) -> HttpResponse:
    text = _("The database cannot be reached at the moment. Try again.")
    if getattr(request, "htmx", None):
        return _toast(Busy.status, text)
    # Without the request: nothing of what pages show around them can be asked for.
    return HttpResponse(render_to_string("503.html", {"explain": text}), status=Busy.status)


def _unstorable(request: HttpRequest) -> HttpResponse:
    """The safety net under the forms: a value that no column holds, such as one with a NUL in an address."""
    log.warning("web.value_out_of_range")  # the log of requests says where
    if getattr(request, "htmx", None):
        return _toast(400, _("Go back, check what you entered and send it again."))
    return render(request, "400.html", status=400)


def _toast(status: int, text: str) -> HttpResponse:
    return toast(HttpResponse(status=status, headers={"HX-Reswap": "none"}), text, "danger")
