"""The acting person of each request."""

from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from commanda.kernel.actor import ANONYMOUS, Actor
from commanda.kernel.errors import Busy
from commanda.web.failures import RETRY_AFTER_S, failure_page


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in user with the rights in force now, or the anonymous actor."""
    user = getattr(request, "user", None)  # the API's addresses have no session
    if user is None or not user.is_authenticated:
        return ANONYMOUS
    return user.as_actor(source="web", request_id=uuid4().hex)


class ActorMiddleware:
    """Sets `request.actor` (lazy: pages without a session cost no query) and keeps private pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        if response.status_code == Busy.status:
            response.headers.setdefault("Retry-After", RETRY_AFTER_S)
        response.headers.setdefault("Content-Language", translation.get_language() or "fr")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """An expected error that no form caught."""
        return failure_page(request, exception)
