"""Seal the secrets of all connections anew, so that an older key can be thrown away."""

from dataclasses import dataclass, field

from django.apps import apps

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict
from commanda.kernel.secrets_box import SEALED, seal_again


@dataclass
class Rotation:
    """How many secrets there are, how many were sealed anew, and which can be read with no key: `Source 4 secret`."""

    total_qty: int = 0
    changed_qty: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_key(*, actor: Actor) -> Rotation:
    """Seal every stored secret with the first key. May be stopped and begun again; others go on working.

    A secret that somebody enters meanwhile stays theirs: it is sealed with the first key already.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    found = Rotation()
    for label, name in SEALED:
        model = apps.get_model(label)
        rows = model._default_manager.exclude(**{name: ""}).values_list("pk", name).order_by("pk")
        for pk, sealed in rows.iterator(chunk_size=500):
            found.total_qty += 1
            try:
                again = seal_again(sealed)
            except Conflict:
                found.unreadable.append(f"{model.__name__} {pk} {name}")
                continue
            if again != sealed:
                same = model._default_manager.filter(**{"pk": pk, name: sealed})
                found.changed_qty += same.update(**{name: again})
    record(
        actor=actor,
        name="secrets.rotated",
        subject="installation",
        subject_id=0,
        changes={"secrets": found.total_qty, "sealed": found.changed_qty, "unreadable": len(found.unreadable)},
    )
    return found
