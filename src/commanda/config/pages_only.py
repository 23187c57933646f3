"""Middleware that the API does without: its keys are no sessions, and nobody reads messages there."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

API: Final = "/api/v1/"


class PagesOnly:
    """Sends requests for pages through `settings.PAGES_MIDDLEWARE`, and those of the API past it.

    What is listed there may change requests and answers; Django does not see its hooks around views.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._past = self._through = get_response
        for name in reversed(settings.PAGES_MIDDLEWARE):
            self._through = import_string(name)(self._through)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return (self._past if request.path_info.startswith(API) else self._through)(request)
