"""What a mail to a person says: only what they may see now, what they did not mute, and only if there is news."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, uuid5

from django.db.models import F, Q

from commanda.accounts.models import User
from commanda.alerts.models import Alert, AlertNotice
from commanda.alerts.selectors import audible_notices

# A mail is to be read: what there is more of is counted and found on the page.
MOST_LISTED = 25


@dataclass(frozen=True, slots=True)
class Digest:
    """`new` were never in a mail, `worse` have grown much worse since they were, `still` are open as before."""

    new: list[Alert]
    worse: list[Alert]
    still: list[Alert]
    notice_ids: list[int]

    @property
    def news(self) -> list[Alert]:
        """What makes it worth a mail."""
        return [*self.new, *self.worse]

    @property
    def news_id(self) -> str:
        """The same for the same news, told again because nobody knows whether it arrived; another one otherwise."""
        told = sorted((alert.pk, alert.changed_at.isoformat()) for alert in self.news)
        return uuid5(NAMESPACE_OID, json.dumps(told)).hex


def digest_of(user: User, *, only_urgent: bool = False) -> Digest:
    """The open alerts for a person's mail, newest first, under the rights in force now; one statement."""
    notices = audible_notices(user.as_actor(source="worker")).filter(alert__closed_at=None, alert__rule__to_email=True)
    if only_urgent:
        notices = notices.filter(alert__rule__is_urgent=True).filter(
            Q(mailed_at=None) | Q(mailed_at__lt=F("alert__changed_at"))
        )
    rows = list(notices.select_related("alert__rule").order_by("-alert_id"))
    return Digest(
        new=[row.alert for row in rows if row.mailed_at is None],
        worse=[row.alert for row in rows if row.mailed_at is not None and row.mailed_at < row.alert.changed_at],
        still=[row.alert for row in rows if row.mailed_at is not None and row.mailed_at >= row.alert.changed_at],
        notice_ids=[row.pk for row in rows],
    )


def has_news(user_ids: Sequence[int]) -> set[int]:
    """Those of the people for whom something may have to be told; one statement, rights and mutes not yet looked at."""
    waiting = AlertNotice.objects.filter(user__in=user_ids, alert__closed_at=None, alert__rule__to_email=True)
    waiting = waiting.filter(Q(mailed_at=None) | Q(mailed_at__lt=F("alert__changed_at")))
    return set(waiting.order_by().values_list("user_id", flat=True).distinct())
