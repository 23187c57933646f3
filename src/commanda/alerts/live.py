"""The bell: the hint names the people whose number changed, by their ids, and nobody else hears it.

Whoever changes somebody's number calls `ring` (comments that name people do it through `kernel.live.changed`).
"""

from collections.abc import Collection, Iterable
from typing import Any

import psycopg

from commanda.alerts.models import AlertNotice
from commanda.kernel.live import changed, follow

SUBJECT = "bell"


def _people(_connection: psycopg.Connection[Any], ids: Collection[int], _moved: Collection[int]) -> set[int]:
    return set(ids)


follow(SUBJECT, "bell", people=_people)


def ring_rule(rule_id: int) -> None:
    """Ring everybody who has not seen something of the rule: their number may change."""
    ring(AlertNotice.objects.filter(alert__rule=rule_id, seen_at=None).values_list("user_id", flat=True))


def ring(user_ids: Iterable[int]) -> None:
    """Tell these people's open pages, after the commit, to ask for their number again."""
    changed(subject=SUBJECT, entries=[(user_id, {}) for user_id in sorted(set(user_ids))], actor_id=None)
