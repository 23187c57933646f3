"""Bearer keys: `Authorization: Bearer cmd_…`. A key has its owner's rights, or some of them.

Session cookies open nothing here.
"""

from typing import cast
from uuid import uuid4

from django.http import HttpRequest
from ninja.security import HttpBearer

from commanda.accounts.services.api_keys import authenticate_key
from commanda.kernel.actor import Actor

PREFIX = "cmd_"


class ApiRequest(HttpRequest):
    """The request as operations see it: `actor` acts for the key's owner."""

    actor: Actor


class KeyAuth(HttpBearer):
    """Finds the owner of the key; None (401) for an unknown, revoked, expired or ownerless one."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        if not (token.startswith(PREFIX) and token.isascii()):
            return None
        actor = authenticate_key(token, request_id=uuid4().hex)
        if actor is not None:
            cast(ApiRequest, request).actor = actor
        return actor
