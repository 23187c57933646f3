from collections.abc import Iterable
from typing import Any, Final

from commanda.audit.models import Event
from commanda.kernel.actor import Actor
from commanda.kernel.bulk import insert_rows
from commanda.kernel.clock import now
from commanda.kernel.live import changed
from commanda.kernel.text import as_json

_COLUMNS: Final = (
    "at", "actor_id", "actor_name", "source", "request_id", "name", "subject", "reason", "subject_id", "changes"
)  # fmt: skip


def record(
    *,
    actor: Actor,
    name: str,
    subject: str,
    subject_id: int,
    changes: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one audit row in the current transaction."""
    record_many(actor=actor, name=name, subject=subject, entries=[(subject_id, changes or {})], reason=reason)


def record_many(
    *, actor: Actor, name: str, subject: str, entries: Iterable[tuple[int, dict[str, Any]]], reason: str = ""
) -> None:
    """Write one audit row per `(subject_id, changes)` in one statement, in the current transaction.

    `changes` maps a field to `[old, new]`, or to a plain value for a fact without a before; values are JSON.
    Open pages are told after the commit (`kernel.live`).
    """
    rows = list(entries)
    author = (now().isoformat(), actor.user_id, actor.name, actor.source, actor.request_id, name, subject, reason[:500])
    insert_rows(Event, _COLUMNS, [(*author, subject_id, as_json(changes)) for subject_id, changes in rows])
    changed(subject=subject, entries=rows, actor_id=actor.user_id)
