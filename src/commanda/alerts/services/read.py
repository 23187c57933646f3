"""What a person has seen."""

from collections.abc import Sequence

from commanda.alerts.live import ring
from commanda.alerts.models import AlertNotice
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work


def read_alerts(*, actor: Actor, alert_ids: Sequence[int] | None = None, is_seen: bool = True) -> int:
    """Mark own alerts as seen (or as not seen), all open ones without ids; returns how many changed."""
    notices = AlertNotice.objects.visible_to(actor).filter(alert__closed_at=None, seen_at__isnull=is_seen)
    if alert_ids is not None:
        notices = notices.filter(alert__in=alert_ids)
    with unit_of_work():
        number = notices.update(seen_at=now() if is_seen else None)
        if number and actor.user_id is not None:
            ring([actor.user_id])
    return number
