"""Who is at work."""

from datetime import datetime

from django.db.models import QuerySet

from commanda.confirmation.models import Lease, Presence, Standing
from commanda.confirmation.selectors.policy import call_policy, silent_since
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.prepared import Param, prepared


def seen_since(silent: datetime | Param) -> QuerySet[Presence]:
    """The presences of those who take orders, and were not silent since."""
    return Presence.objects.filter(status=Presence.Status.ONLINE, seen_at__gte=silent, user__is_active=True)


def presence_of(user_id: int) -> Standing:
    """How the person stands now: silence counts as away, a client held as busy."""
    at = now()
    row = Presence.objects.filter(user_id=user_id).first()
    return standing(row, silent_since(call_policy(), at), live_leases(at).filter(agent_id=user_id).exists())


def chosen_status(user_id: int) -> str:
    """What the person chose last, however long ago; `online` before the first choice."""
    return _chosen_by().first(user=user_id) or Presence.Status.ONLINE


@prepared
def _chosen_by() -> QuerySet[Presence, str]:
    return Presence.objects.filter(user_id=Param("user")).values_list("status", flat=True)


def standing(row: Presence | None, silent: datetime, has_client: bool) -> Standing:
    """The standing of one presence; `silent`: whoever was last seen before is away."""
    if row is None or row.status == Presence.Status.OFFLINE:
        return Standing.OFFLINE
    if row.seen_at < silent:
        return Standing.AWAY
    if row.status == Presence.Status.BREAK:
        return Standing.BREAK
    return Standing.BUSY if has_client else Standing.ONLINE


def live_leases(at: datetime | Param) -> QuerySet[Lease]:
    """Leases in force."""
    return Lease.objects.filter(until__gt=at)


@prepared
def _leases_of_one() -> QuerySet[Lease]:
    return live_leases(Param("at")).filter(agent_id=Param("agent")).select_related("order").order_by("pk")[:1]


def own_lease(actor: Actor) -> Lease | None:
    """The client the actor holds now."""
    return _leases_of_one().first(at=now(), agent=actor.user_id)
