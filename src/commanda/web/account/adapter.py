"""How allauth behaves here: people are invited by an admin, and every sign-in leaves a row in the audit."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from commanda.accounts.models import User
from commanda.accounts.services.sign_ins import change_own_password, note_failed_sign_in, note_sign_in

SILENT = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made on the first-run page or by an admin, never by a public form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def add_message(
        self, request: HttpRequest, level: int, message_template: Any = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say what changed, but do not greet at every sign-in and sign-out."""
        if message_template not in SILENT:
            super().add_message(request, level, message_template, *args, **kwargs)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Note the sign-in; a browser that never chose a language takes the person's own."""
        note_sign_in(user=user, address=_address(request))
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite="Lax",
                secure=bool(settings.SESSION_COOKIE_SECURE),
            )
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a wrong password."""
        note_failed_sign_in(email=str(credentials.get("email") or ""), address=_address(request))

    def set_password(self, user: User, password: str) -> None:
        """Store the password and note that it changed."""
        change_own_password(user=user, password=password)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR") or "")
