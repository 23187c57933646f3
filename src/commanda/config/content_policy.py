"""What browsers may load and run on our pages."""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ContentPolicy:
    """The header of `settings.CONTENT_SECURITY_POLICY` on every answer.

    No page has a policy of its own, so that it is put together once; the library's middleware does for every answer.
    As there, Django's own pages of errors go without while debugging: their styles and scripts stand in them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response, self._policy = get_response, build_policy()
        self._without = frozenset({404, 500}) if settings.DEBUG else frozenset[int]()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code not in self._without:
            response.headers.setdefault(HEADER, self._policy)
        return response
