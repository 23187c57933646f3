"""Seal the secrets of all connections anew, so that an older key can be thrown away."""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, JSONField, TextField, Value

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
        rows = model._default_manager.values_list("pk", name).order_by("pk")
        for pk, sealed in rows.iterator(chunk_size=500):
            if not sealed:
                continue
            found.total_qty += 1
            try:
                again = seal_again(sealed)
            except Conflict:
                found.unreadable.append(f"{model.__name__} {pk} {name}")
                continue
            if again != sealed:
                same = model._default_manager.filter(**{"pk": pk, name: sealed})
                found.changed_qty += same.update(**_changed(name, again))
    record(
        actor=actor,
        name="secrets.rotated",
        subject="installation",
        subject_id=0,
        changes={"secrets": found.total_qty, "sealed": found.changed_qty, "unreadable": len(found.unreadable)},
    )
    return found


def _changed(name: str, sealed: str) -> dict[str, Any]:
    """The column with its new text, in whole or at one key of its JSON (`data__secret`)."""
    column, _nested, key = name.partition("__")
    if not key:
        return {column: sealed}
    path = Value([key], output_field=ArrayField(TextField()))
    return {column: Func(column, path, Value(sealed, output_field=JSONField()), function="jsonb_set")}
