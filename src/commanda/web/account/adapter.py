"""How allauth behaves here: nobody signs up alone, people are invited by an admin."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made on the first-run page or by an admin, never by a public form."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Say what changed, but do not greet at every sign-in and sign-out."""
        if message_template in {
            "account/messages/logged_in.txt",
            "account/messages/logged_out.txt",
        }:
            return
        super().add_message(request, level, message_template, *args, **kwargs)
