"""Bearer keys: `Authorization: Bearer cmd_…`. A key has its owner's rights, or some of them.

Session cookies open nothing here.
"""

from typing import cast
from uuid import uuid4

from django.http import HttpRequest
from ninja.security import HttpBearer

from commanda.accounts.models import User
from commanda.accounts.services.api_keys import authenticate_key
from commanda.kernel.actor import Actor

PREFIX = "cmd_"


class ApiRequest(HttpRequest):
    """The request as operations see it: `actor` acts for the key's owner."""

    actor: Actor
    owner: User


class KeyAuth(HttpBearer):
    """Finds the owner of the key; None (401) for an unknown, revoked, expired or ownerless one."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        key = authenticate_key(token) if token.startswith(PREFIX) and token.isascii() else None
        if key is None:
            return None
        actor = key.as_actor(request_id=uuid4().hex)
        api_request = cast(ApiRequest, request)
        api_request.actor, api_request.owner = actor, key.user
        return actor
