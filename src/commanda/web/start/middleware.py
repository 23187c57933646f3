"""Leads the first visitor of a new installation to the page that creates the administrator."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from commanda.accounts.selectors import has_users


class FirstRunMiddleware:
    """Home and sign-in lead to the first-run page while there is no user; every other address is left alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.doors = frozenset({"/", reverse("account_login")})

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in self.doors and request.method == "GET" and self._is_new(request):
            return HttpResponseRedirect(reverse("first_run"))
        return self.get_response(request)

    def _is_new(self, request: HttpRequest) -> bool:
        # A session cookie means somebody has signed in before: no question to the database for them.
        return settings.SESSION_COOKIE_NAME not in request.COOKIES and not has_users()
