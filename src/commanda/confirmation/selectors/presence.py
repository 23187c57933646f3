"""Who is at work."""

from datetime import datetime

from django.db.models import QuerySet

from commanda.confirmation.models import CallPolicy, Lease, Presence, Standing
from commanda.confirmation.selectors.policy import call_policy, silent_since
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now


def present(at: datetime | None = None, policy: CallPolicy | None = None) -> QuerySet[Presence]:
    """The presences of those who take orders at this instant."""
    at = at or now()
    return Presence.objects.filter(
        status=Presence.Status.ONLINE, seen_at__gte=silent_since(policy or call_policy(), at), user__is_active=True
    )


def presence_of(user_id: int) -> Standing:
    """How the person stands now: silence counts as away, a client held as busy."""
    at = now()
    row = Presence.objects.filter(user_id=user_id).first()
    return standing(row, silent_since(call_policy(), at), live_leases(at).filter(agent_id=user_id).exists())


def chosen_status(user_id: int) -> str:
    """What the person chose last, however long ago; `online` before the first choice."""
    row = Presence.objects.filter(user_id=user_id).values_list("status", flat=True).first()
    return row or Presence.Status.ONLINE


def standing(row: Presence | None, silent: datetime, has_client: bool) -> Standing:
    """The standing of one presence; `silent`: whoever was last seen before is away."""
    if row is None or row.status == Presence.Status.OFFLINE:
        return Standing.OFFLINE
    if row.seen_at < silent:
        return Standing.AWAY
    if row.status == Presence.Status.BREAK:
        return Standing.BREAK
    return Standing.BUSY if has_client else Standing.ONLINE


def live_leases(at: datetime) -> QuerySet[Lease]:
    """Leases in force."""
    return Lease.objects.filter(until__gt=at)


def own_lease(actor: Actor) -> Lease | None:
    """The client the actor holds now."""
    return live_leases(now()).filter(agent_id=actor.user_id).select_related("order").first()
