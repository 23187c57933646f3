"""How allauth behaves here: people are invited by an admin, and every sign-in leaves a row in the audit."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import clean_client_ip
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from commanda.accounts.models import User
from commanda.accounts.services.sign_ins import change_own_password, note_failed_sign_in, note_sign_in
from commanda.web.account.devices import remember_device
from commanda.web.account.limits import count_try

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
        note_sign_in(user=user, address=self.get_client_ip(request))
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_device(request, response, user)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                user.language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                samesite="Lax",
                secure=bool(settings.SESSION_COOKIE_SECURE),
            )
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client's address; with proxies of ours (COMMANDA_PROXIES) as the outermost of them saw it."""
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if 0 < settings.PROXIES <= len(hops):
            return clean_client_ip(hops[-settings.PROXIES].strip()) or super().get_client_ip(request)
        return super().get_client_ip(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse to look at one more password after too many wrong ones."""
        self._login_failed_rl_usage = count_try(request, str(credentials.get("email") or ""))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a wrong password."""
        note_failed_sign_in(email=str(credentials.get("email") or ""), address=self.get_client_ip(request))

    def set_password(self, user: User, password: str) -> None:
        """Store the password and note that it changed."""
        change_own_password(user=user, password=password)
