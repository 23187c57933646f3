"""Brands under which orders are sold."""

import re

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Store

PREFIX = re.compile(r"[A-Z]{1,4}")


def save_store(
    *, actor: Actor, name: str, reference_prefix: str, is_active: bool = True, store_id: int | None = None
) -> Store:
    """Create or change a store. References given before keep their prefix. Raises `Invalid` for a taken name."""
    actor.require(Perm.SETTINGS_MANAGE)
    name, prefix = name.strip(), reference_prefix.strip().upper()
    if not PREFIX.fullmatch(prefix):
        raise Invalid(_("One to four Latin letters."), field="reference_prefix", code="bad_prefix")
    if Store.objects.filter(name__iexact=name).exclude(pk=store_id or 0).exists():
        raise Invalid(_("Another store has this name."), field="name", code="name_taken")
    with unit_of_work():
        store = Store.objects.get(pk=store_id) if store_id else Store()
        before = [store.name, store.prefix, store.is_active] if store_id else None
        store.name, store.prefix, store.is_active = name, prefix, is_active
        store.save()
        if not Store.objects.filter(is_active=True).exists():
            raise Invalid(_("At least one store must stay active."), field="is_active")
        record(
            actor=actor,
            name="settings.store",
            subject="store",
            subject_id=store.pk,
            changes={"store": [before, [name, prefix, is_active]]},
        )
    return store
