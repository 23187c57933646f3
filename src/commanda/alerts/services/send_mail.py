"""Send people their mails about alerts, each exactly once."""

from commanda.accounts.models import User
from commanda.alerts.digest import Digest, digest_of, has_news
from commanda.alerts.jobs import queue_digest
from commanda.alerts.locks import lock_preference
from commanda.alerts.mail import alert_mail
from commanda.alerts.models import AlertNotice, AlertPreference
from commanda.alerts.services.preferences import ensure_preferences
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.clock import CASABLANCA, now, today
from commanda.kernel.transaction import unit_of_work


def queue_due_digests() -> int:
    """Ask for the mail of the day to everybody whose hour has come and who has news; returns how many.

    The day of those without news is done with: they get their next mail tomorrow. Six statements, and one for each job.
    """
    hour = now().astimezone(CASABLANCA).hour
    with unit_of_work():
        ensure_preferences()
        due = AlertPreference.objects.filter(gets_daily=True, daily_hour__lte=hour, user__is_active=True)
        ids = list(due.exclude(mailed_on__gte=today()).order_by("pk").values_list("pk", flat=True))
        waiting = has_news(ids) if ids else set()
        quiet = set(ids) - waiting
        if quiet:
            AlertPreference.objects.filter(pk__in=quiet).update(mailed_on=today())
        for user_id in sorted(waiting):
            queue_digest(user_id)
    return len(waiting)


def send_digest(*, actor: Actor, user_id: int) -> bool:
    """Send a person the mail of the day; False when it was sent before, is not wanted, or there is no news.

    Locks the person's preference while the mail is handed over, so that two workers cannot both send it. What it may
    say is asked under the rights of this moment. When the mail server refuses, its error goes through, nothing is
    noted, and the job tries again later.
    """
    with unit_of_work():
        preference = _locked(user_id)
        if preference is None or not preference.gets_daily or preference.mailed_on == today():
            return False
        preference.mailed_on = today()
        preference.save(update_fields=["mailed_on"])
        return _send(actor, preference, digest_of(preference.user), "digest")


def send_urgent(*, actor: Actor, user_id: int) -> bool:
    """Send a person at once what is urgent and was in no mail yet; False when there is nothing, or no wish for it.

    Locks, rights and failures as in `send_digest`.
    """
    with unit_of_work():
        preference = _locked(user_id)
        if preference is None or not preference.gets_urgent:
            return False
        return _send(actor, preference, digest_of(preference.user, only_urgent=True), "urgent")


def _locked(user_id: int) -> AlertPreference | None:
    """The person's preference, the usual one for who never said; None when the person is gone."""
    if not User.objects.filter(pk=user_id).exists():
        return None
    AlertPreference.objects.get_or_create(user_id=user_id)
    return lock_preference(user_id)


def _send(actor: Actor, preference: AlertPreference, digest: Digest, kind: str) -> bool:
    user = preference.user
    if not (user.is_active and digest.news):
        return False
    AlertNotice.objects.filter(pk__in=digest.notice_ids).update(mailed_at=now())
    record(
        actor=actor,
        name="alert.mailed",
        subject="user",
        subject_id=user.pk,
        changes={"kind": kind, "alerts": len(digest.news)},
    )
    alert_mail(user, digest, f"alerts-{kind}-{user.pk}-{digest.news_id}").send()
    return True
