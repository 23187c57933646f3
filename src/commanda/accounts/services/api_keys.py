"""API keys: made once, shown once, stored as a digest."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import ApiKey, User
from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.prepared import Param, prepared
from commanda.kernel.transaction import unit_of_work

USE_GRAIN = timedelta(minutes=5)


def create_api_key(
    *,
    actor: Actor,
    user: User,
    name: str,
    permissions: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; returns the row and the key itself, which cannot be read again.

    It may do what the user may do, and of that only `permissions` when they are given; it ends at `expires_at`.
    Raises `Invalid` for a right the user does not have and for an end in the past.
    """
    actor.require(Perm.USERS_MANAGE)
    if permissions is not None and not set(permissions) <= set(user.role.permissions):
        raise Invalid(
            _("%(name)s does not have all of these rights. Choose fewer, or another person."),
            field="permissions",
            name=user,
        )
    if expires_at is not None and expires_at <= now():
        raise Invalid(_("The end must lie in the future."), field="expires_on")
    secret = f"cmd_{secrets.token_urlsafe(32)}"
    scope = None if permissions is None else sorted(set(permissions))
    with unit_of_work():
        key = ApiKey.objects.create(
            user=user,
            name=name,
            prefix=secret[:12],
            digest=_digest(secret),
            permissions=scope,
            expires_at=expires_at,
        )
        changes = {"name": name, "permissions": scope, "expires_at": expires_at and expires_at.isoformat()}
        record(actor=actor, name="api_key.created", subject="user", subject_id=user.pk, changes=changes)
    return key, secret


def revoke_api_key(*, actor: Actor, key_id: int) -> None:
    """End a key now."""
    actor.require(Perm.USERS_MANAGE)
    with unit_of_work():
        if not ApiKey.objects.filter(pk=key_id, revoked_at=None).update(revoked_at=now()):
            raise NotFound
        record(actor=actor, name="api_key.revoked", subject="api_key", subject_id=key_id)


class _LiveKey(NamedTuple):
    """What a request asks of its key: fewer columns than three models have."""

    pk: int
    permissions: list[str] | None
    expires_at: datetime | None
    last_used_at: datetime | None
    user_id: int
    name: str
    email: str
    role_slug: str
    role_permissions: list[str]


@prepared
def _live_keys() -> QuerySet[ApiKey, tuple[Any, ...]]:
    keys = ApiKey.objects.filter(digest=Param("digest"), revoked_at=None, user__is_active=True).order_by()
    return keys.values_list(
        "pk", "permissions", "expires_at", "last_used_at",
        "user_id", "user__name", "user__email", "user__role__slug", "user__role__permissions",
    )  # fmt: skip


def authenticate_key(secret: str, *, request_id: str = "") -> Actor | None:
    """The owner of the key with those of his rights in force now that it may use; None for an unknown, revoked or
    expired key and one of a person who is not active. Notes the use at most every five minutes."""
    found = _live_keys().first(digest=_digest(secret))
    if found is None:
        return None
    key = _LiveKey(*found)
    if key.expires_at is not None and key.expires_at <= now():
        return None
    if key.last_used_at is None or now() - key.last_used_at > USE_GRAIN:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now() - USE_GRAIN)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now())
    rights = frozenset(key.role_permissions)
    return Actor(
        user_id=key.user_id,
        name=key.name or key.email,
        role_slug=key.role_slug,
        permissions=rights if key.permissions is None else rights.intersection(key.permissions),
        source="api",
        request_id=request_id,
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
