"""Addresses under /api/v1/. What the API does not know is a problem, too, not a web page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from commanda.api.application import api
from commanda.api.openapi import openapi_json
from commanda.api.problems import MEDIA_TYPE, plain_problem

View = Callable[..., HttpResponse]


def _as_problem(view: View) -> View:
    """Turn ninja's plain 405 into a problem."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code != 405 or response["Content-Type"] == MEDIA_TYPE:
            return response
        problem = plain_problem(405)
        problem["Allow"] = response["Allow"]
        return problem

    return answer


@csrf_exempt
def unknown_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """404 for every other address under /api/v1/."""
    return plain_problem(404)


def _operations() -> list[URLPattern]:
    patterns: list[URLPattern] = []
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = _as_problem(pattern.callback)
            patterns.append(pattern)
    return patterns


app_name = "api"
urlpatterns = [
    path("openapi.json", openapi_json, name="openapi"),
    *_operations(),
    path("", unknown_address, name="root"),
    # A line break, too, which `<path:rest>` leaves to the pages.
    re_path(r"^(?P<rest>(?s:.+))\Z", unknown_address, name="unknown"),
]
