"""The address of a source to which rows are sent, and the secret that signs them."""

import secrets
from typing import Final
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.intake.locks import get_locked
from commanda.intake.models import Source
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict
from commanda.kernel.secrets_box import open_sealed, seal
from commanda.kernel.transaction import unit_of_work

_PREFIX: Final = "cms_"


def make_secret(*, actor: Actor, source_id: int) -> tuple[Source, str]:
    """A new secret for the source's address, which it gets now if it has none; a former secret ends at once.

    The secret is stored encrypted and given here only. Raises `NotFound`, and `Conflict` for a source that takes
    files: nothing can be sent to it.
    """
    actor.require(Perm.INTAKE_MANAGE)
    secret = _PREFIX + secrets.token_urlsafe(32)
    with unit_of_work():
        source = get_locked(source_id)
        if source.kind == Source.Kind.FILE:
            raise Conflict(_("Nothing can be sent to a source of files. Add a web hook."), code="no_hook_here")
        is_first = source.hook_id is None
        source.hook_id = source.hook_id or uuid4()
        source.hook_secret = seal(secret)
        source.save(update_fields=["hook_id", "hook_secret"])
        name = "source.hook_opened" if is_first else "source.secret_renewed"
        record(actor=actor, name=name, subject="source", subject_id=source.pk)
    return source, secret


def close_hook(*, actor: Actor, source_id: int) -> Source:
    """Take the address of a sheet away: what is sent there is refused from now on. Raises `NotFound`, `Conflict`."""
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        source = get_locked(source_id)
        if source.kind == Source.Kind.HOOK:
            raise Conflict(_("This source lives by its address. Pause the source instead."), code="hook_needed")
        if source.hook_id is not None:
            source.hook_id, source.hook_secret = None, ""
            source.save(update_fields=["hook_id", "hook_secret"])
            record(actor=actor, name="source.hook_closed", subject="source", subject_id=source.pk)
    return source


def secret_of(source: Source) -> str:
    """The secret, to check a signature with."""
    return open_sealed(source.hook_secret)
