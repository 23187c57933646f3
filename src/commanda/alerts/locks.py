"""The only place of this app that locks rows."""

from commanda.alerts.models import AlertMute, AlertPreference, AlertRule


def lock_rule(rule_id: int) -> AlertRule | None:
    """Lock a rule while its alerts are brought up to date: two workers do it one after the other."""
    return AlertRule.objects.select_for_update(no_key=True).filter(pk=rule_id).first()


def lock_preference(user_id: int) -> AlertPreference | None:
    """Lock a person's preference while a mail to them is made and sent, so that two workers cannot both send it."""
    rows = AlertPreference.objects.select_related("user__role").select_for_update(no_key=True, of=("self",))
    return rows.filter(pk=user_id).first()


def lock_mute(mute_id: int) -> AlertMute | None:
    """Lock a mute that is taken back."""
    return AlertMute.objects.select_for_update(of=("self",)).select_related("rule").filter(pk=mute_id).first()
