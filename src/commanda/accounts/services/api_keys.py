"""API keys: made once, shown once, stored as a digest."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Q

from commanda.accounts.models import ApiKey, User
from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import NotFound
from commanda.kernel.transaction import unit_of_work

USE_GRAIN = timedelta(minutes=5)


def create_api_key(*, actor: Actor, user: User, name: str) -> tuple[ApiKey, str]:
    """Make a key with the user's rights; returns the row and the key, which cannot be read again."""
    actor.require(Perm.USERS_MANAGE)
    secret = f"cmd_{secrets.token_urlsafe(32)}"
    with unit_of_work():
        key = ApiKey.objects.create(user=user, name=name, prefix=secret[:12], digest=_digest(secret))
        record(actor=actor, name="api_key.created", subject="user", subject_id=user.pk, changes={"name": name})
    return key, secret


def revoke_api_key(*, actor: Actor, key_id: int) -> None:
    """End a key now."""
    actor.require(Perm.USERS_MANAGE)
    with unit_of_work():
        if not ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now()):
            raise NotFound
        record(actor=actor, name="api_key.revoked", subject="api_key", subject_id=key_id)


def authenticate_key(secret: str) -> User | None:
    """The active owner of a live key, or None. Notes the use at most every five minutes."""
    key = (
        ApiKey.objects.select_related("user__role")
        .filter(digest=_digest(secret), revoked_at=None, user__is_active=True)
        .first()
    )
    if key is None:
        return None
    if key.last_used_at is None or now() - key.last_used_at > USE_GRAIN:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now() - USE_GRAIN)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now())
    return key.user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
