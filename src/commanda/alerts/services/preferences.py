"""When a person wants alerts by e-mail."""

from django.utils.translation import gettext_lazy as _

from commanda.accounts.models import User
from commanda.alerts.locks import lock_preference
from commanda.alerts.models import AlertPreference
from commanda.alerts.models.personal import LAST_HOUR
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotAllowed, NotFound
from commanda.kernel.transaction import unit_of_work


def save_preference(*, actor: Actor, gets_daily: bool, daily_hour: int, gets_urgent: bool) -> AlertPreference:
    """Say when one's own mails come, or that none come. Raises `Invalid` for an hour that is none."""
    if actor.user_id is None:
        raise NotAllowed
    if not 0 <= daily_hour <= LAST_HOUR:
        raise Invalid(_("Choose an hour from 0 to 23."), field="daily_hour")
    with unit_of_work():
        AlertPreference.objects.get_or_create(user_id=actor.user_id)
        preference = lock_preference(actor.user_id)
        if preference is None:
            raise NotFound
        new = {"gets_daily": gets_daily, "daily_hour": daily_hour, "gets_urgent": gets_urgent}
        changes = {
            name: [getattr(preference, name), value]
            for name, value in new.items()
            if getattr(preference, name) != value
        }
        for name, value in new.items():
            setattr(preference, name, value)
        preference.save(update_fields=list(new))
        if changes:
            record(actor=actor, name="alert.preference", subject="user", subject_id=actor.user_id, changes=changes)
    return preference


def ensure_preferences() -> None:
    """Give everybody who is active and has none yet the usual ones."""
    without = User.objects.active().filter(alert_preference=None).values_list("pk", flat=True)
    AlertPreference.objects.bulk_create((AlertPreference(user_id=pk) for pk in without), ignore_conflicts=True)
