"""Reckon the times of waiting retries anew, after the policy changed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.locks import lock_entries
from commanda.confirmation.models import Call, CallPolicy, QueueEntry
from commanda.confirmation.retry import CallingHours, next_attempt_at
from commanda.confirmation.selectors import as_hours, call_policy, days_off, retry_steps, store_hours
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work

AT_ONCE = 5000

MOVE = """
UPDATE confirmation_queueentry AS entry SET due_at = planned.due_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS planned (order_id, due_at)
WHERE entry.order_id = planned.order_id
"""


@dataclass(frozen=True, slots=True)
class Replanned:
    """How many waiting retries there are, and how many of them come earlier or later than they would."""

    waiting: int
    earlier: int
    later: int

    @property
    def changed(self) -> int:
        return self.earlier + self.later


def waiting_retries(at: datetime) -> QuerySet[QueueEntry]:
    """Entries whose time the retry policy gave: tried in vain, not due yet, no promised call."""
    last = Call.objects.standing().filter(order_id=OuterRef("order_id")).order_by("-id")
    return QueueEntry.objects.filter(attempts__gte=1, is_callback=False, is_pinned=False, due_at__gt=at).annotate(
        called_at=Subquery(last.values("called_at")[:1]), minutes=Subquery(last.values("outcome__retry_minutes")[:1])
    )


def preview_replan(*, actor: Actor) -> Replanned:
    """What `replan` would do now. Writes nothing."""
    actor.require(Perm.SETTINGS_MANAGE)
    rows = list(waiting_retries(now()).select_related("order")[:AT_ONCE])
    return _counted(rows, _times(rows))


def replan(*, actor: Actor) -> Replanned:
    """Give every waiting retry the time the policy in force would have given it after its last call.

    One whose time would have passed is due at once. Promised calls, pinned orders and new ones keep theirs, and
    nobody becomes unreachable by it. Up to 5,000 at once; rows held elsewhere are left as they are. One audit row.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rows = lock_entries(waiting_retries(now()), limit=AT_ONCE)
        times = _times(rows)
        found = _counted(rows, times)
        if found.changed:
            changed = [(row.order_id, times[row.order_id]) for row in rows if times[row.order_id] != row.due_at]
            with connection.cursor() as cursor:
                cursor.execute(MOVE, [[pk for pk, _at in changed], [at for _pk, at in changed]])
            policy = call_policy()
            changes = {"waiting": found.waiting, "earlier": found.earlier, "later": found.later}
            record(actor=actor, name="queue.replanned", subject="call_policy", subject_id=policy.pk, changes=changes)
    return found


def _times(rows: list[QueueEntry]) -> dict[int, datetime]:
    at, policy, steps = now(), call_policy(), retry_steps()
    hours = _hours_by_store(policy)
    found: dict[int, datetime] = {}
    for row in rows:
        called_at, minutes = row.called_at, row.minutes  # type: ignore[attr-defined]
        if called_at is None:
            found[row.order_id] = row.due_at
            continue
        own = hours.get(row.order.store_id, hours[None])
        planned = next_attempt_at(attempt=row.attempts, at=called_at, steps=steps, hours=own, minutes=minutes)
        found[row.order_id] = max(planned, at)
    return found


def _hours_by_store(policy: CallPolicy) -> dict[int | None, CallingHours]:
    off = days_off()
    return {None: as_hours(policy, off), **{own.store_id: as_hours(own, off) for own in store_hours()}}


def _counted(rows: list[QueueEntry], times: dict[int, datetime]) -> Replanned:
    earlier = sum(times[row.order_id] < row.due_at for row in rows)
    later = sum(times[row.order_id] > row.due_at for row in rows)
    return Replanned(len(rows), earlier, later)
