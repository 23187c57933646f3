"""Silence: about one subject or a whole rule, for oneself or for everybody."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.alerts.live import ring, ring_rule
from commanda.alerts.locks import lock_mute
from commanda.alerts.models import AlertMute
from commanda.alerts.selectors import get_alert
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from commanda.kernel.transaction import unit_of_work


def mute_alert(
    *,
    actor: Actor,
    alert_id: int,
    whole_rule: bool = False,
    until_at: datetime | None = None,
    for_all: bool = False,
    reason: str = "",
) -> AlertMute:
    """Be silent about an alert's subject, or about everything of its rule, until an instant or for good.

    Muted alerts stay in the list; they leave the bell and the mails. Muting again replaces the former span. For
    everybody it takes the right to change the settings, and a reason. Raises `NotFound` for an alert that the actor
    may not see, `Invalid` for an instant that is over or a missing reason, `NotAllowed`.
    """
    if for_all:
        actor.require(Perm.SETTINGS_MANAGE)
    elif actor.user_id is None:
        raise NotAllowed
    reason = reason.strip()[:200]
    if for_all and not reason:
        raise Invalid(_("Say why: everybody who misses this alert will ask."), field="reason", code="no_reason")
    if until_at is not None and until_at <= now():
        raise Invalid(_("Choose a time that is still to come."), field="until", code="past")
    with unit_of_work():
        alert = get_alert(actor, alert_id)
        values = {
            "things": {} if whole_rule else alert.things,
            "until_at": until_at,
            "reason": reason,
            "made_by_id": actor.user_id,
            "made_at": now(),
        }
        mute, _made = AlertMute.objects.update_or_create(
            rule_id=alert.rule_id,
            subject_key="" if whole_rule else alert.subject_key,
            user=None if for_all else User(pk=actor.user_id),
            defaults=values,
        )
        changes = {
            "rule": alert.rule_id,
            "subject": mute.subject_key,
            "for_all": for_all,
            "until": until_at and until_at.isoformat(),
        }
        record(
            actor=actor, name="alert.muted", subject="alert_mute", subject_id=mute.pk, changes=changes, reason=reason
        )
        _ring(mute)
    return mute


def unmute(*, actor: Actor, mute_id: int) -> None:
    """Take a mute back: an own one, or, with the right, one for everybody. Raises `NotFound`."""
    with unit_of_work():
        mute = lock_mute(mute_id)
        if mute is None or not AlertMute.objects.visible_to(actor).filter(pk=mute_id).exists():
            raise NotFound
        changes = {"rule": mute.rule_id, "subject": mute.subject_key, "for_all": mute.user_id is None}
        record(actor=actor, name="alert.unmuted", subject="alert_mute", subject_id=mute.pk, changes=changes)
        _ring(mute)
        mute.delete()


def _ring(mute: AlertMute) -> None:
    """Everybody whose number it may change."""
    if mute.user_id is None:
        ring_rule(mute.rule_id)
    else:
        ring([mute.user_id])
