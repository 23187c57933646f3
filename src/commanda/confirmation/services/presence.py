"""Who is at work: chosen by the person, kept alive by the calls page, lost by silence."""

from datetime import timedelta

from django.db import connection
from django.db.models import Value
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.models import CallPolicy, Lease, Presence, Standing
from commanda.confirmation.selectors import call_policy, chosen_status, presence_of, silent_since
from commanda.confirmation.services.give_back import give_back_own
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotAllowed
from commanda.kernel.transaction import unit_of_work

UPSERT = """
INSERT INTO confirmation_presence AS former (user_id, status, seen_at, since_at)
VALUES (%(user)s, %(status)s, %(at)s, %(at)s)
ON CONFLICT (user_id) DO UPDATE
    SET status = EXCLUDED.status, seen_at = EXCLUDED.seen_at,
        since_at = CASE
            WHEN former.status = EXCLUDED.status AND former.seen_at >= %(silent)s
            THEN COALESCE(former.since_at, EXCLUDED.since_at) ELSE EXCLUDED.since_at END
"""


def set_presence(*, actor: Actor, status: str) -> None:
    """Choose `online`, `break` or `offline`. Leaving gives back the client held at once.

    Who goes home (`offline`) also gives back the orders not touched yet, so that others call them.
    """
    user_id = require_caller(actor)
    if status not in Presence.Status.values:
        raise Invalid(_("Unknown presence: %(status)s"), field="status", status=status)
    with unit_of_work():
        before, policy = chosen_status(user_id), call_policy()
        be_seen(actor, policy, status=status)
        if status != Presence.Status.ONLINE:
            Lease.objects.filter(agent_id=user_id).delete()
        if status == Presence.Status.OFFLINE:
            give_back_own(actor, policy)
        if status != before:
            record(
                actor=actor,
                name="presence.changed",
                subject="user",
                subject_id=user_id,
                changes={"presence": [before, status]},
            )


def heartbeat(*, actor: Actor) -> Standing:
    """Say that the actor's page is still open; returns how he stands.

    Keeps the client he holds until the lease ends. One who never came stays away.
    """
    user_id = require_caller(actor)
    at, policy = now(), call_policy()
    heard_until = at + timedelta(minutes=policy.presence_minutes)
    with unit_of_work():
        own = Presence.objects.filter(user_id=user_id)
        own.filter(seen_at__lt=silent_since(policy, at)).exclude(status=Presence.Status.OFFLINE).update(since_at=at)
        own.update(seen_at=at)
        Lease.objects.filter(agent_id=user_id, ends_at__gt=at).update(until=Least("ends_at", Value(heard_until)))
    return presence_of(user_id)


def require_caller(actor: Actor) -> int:
    """The id of the person who takes calls. Raises `NotAllowed` without the right, or without a person."""
    actor.require(Perm.CALLS_LOG)
    if actor.user_id is None:
        raise NotAllowed
    return actor.user_id


def be_seen(actor: Actor, policy: CallPolicy, *, status: str = Presence.Status.ONLINE) -> None:
    """Write the actor's presence, in the caller's transaction: who takes an order is at work."""
    with connection.cursor() as cursor:
        at = now()
        silent = silent_since(policy, at)
        cursor.execute(UPSERT, {"user": actor.user_id, "status": status, "at": at, "silent": silent})
