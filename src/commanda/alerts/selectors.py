"""Reads of alerts: what the bell counts, the list, the settings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import BigIntegerField, Count, DateTimeField, Exists, OuterRef, Q, QuerySet

from commanda.accounts.permissions import Perm
from commanda.alerts.kinds import KINDS, OVERDUE_AFTER, kinds_seen
from commanda.alerts.models import Alert, AlertMute, AlertNotice, AlertPreference, AlertRule
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import NotFound
from commanda.kernel.prepared import Param, prepared

OPEN, CLOSED, MUTED = "open", "closed", "muted"
STATES: Final = (OPEN, MUTED, CLOSED)


@dataclass(frozen=True, slots=True)
class AlertFilters:
    """What narrows the list. `state` is one of `STATES`; `everybody`: also what only others are told of."""

    state: str = OPEN
    kind: str = ""
    everybody: bool = False


def _mutes(me: Any, rule: str, subject: str, at: Any = None) -> QuerySet[AlertMute]:
    """The mutes in force, own and for all, of an alert whose rule and subject stand in these columns."""
    return AlertMute.objects.in_force(at).filter(
        Q(user_id=me) | Q(user=None),
        Q(subject_key="") | Q(subject_key=OuterRef(subject)),
        rule=OuterRef(rule),
    )


def unseen_notices(actor: Actor) -> QuerySet[AlertNotice]:
    """What the bell counts: own notices not seen yet, of rules that ring, neither muted nor out of one's rights."""
    return audible_notices(actor).filter(seen_at=None, alert__rule__to_bell=True)


def audible_notices(actor: Actor) -> QuerySet[AlertNotice]:
    """Own notices that are neither muted nor out of one's rights, seen or not."""
    return _unless_muted(AlertNotice.objects.visible_to(actor), actor.user_id)


def _unless_muted(notices: QuerySet[AlertNotice], me: Any, at: Any = None) -> QuerySet[AlertNotice]:
    return notices.filter(~Exists(_mutes(me, "alert__rule", "alert__subject_key", at)))


def _open_alerts(actor: Actor, kinds: Collection[str], limit: int | None = None) -> list[Alert]:
    """Open alerts of these kinds that the person is told of and did not mute, urgent and new ones first."""
    every, own = (tuple(kind for kind in seen if kind in kinds) for seen in kinds_seen(actor))
    if actor.user_id is None or not every + own:
        return []
    return [notice.alert for notice in _open_notices(every, own, limit).all(me=actor.user_id, at=now())]


@prepared
def _open_notices(every: tuple[str, ...], own: tuple[str, ...], limit: int | None) -> QuerySet[AlertNotice]:
    me, at = Param("me", BigIntegerField()), Param("at", DateTimeField())
    open_ones = AlertNotice.objects.of(me, every, own).filter(alert__closed_at=None)
    ordered = open_ones.select_related("alert__rule").order_by("-alert__rule__is_urgent", "-alert_id")
    return _unless_muted(ordered, me, at)[:limit]


def find_alerts(actor: Actor, filters: AlertFilters) -> QuerySet[Alert]:
    """The alerts under the filters with their rules, newest first; each knows `is_muted`, `is_mine`, `is_unseen`."""
    rows = _narrowed(actor, filters.everybody)
    rows = rows.exclude(closed_at=None) if filters.state == CLOSED else rows.open()
    if filters.state != CLOSED:
        rows = rows.filter(is_muted=filters.state == MUTED)
    if filters.kind in KINDS:
        rows = rows.filter(kind=filters.kind)
    found: QuerySet[Alert] = rows.select_related("rule").order_by("-id")
    return found


def state_counts(actor: Actor, filters: AlertFilters) -> dict[str, int]:
    """Open, muted and closed alerts under the other filters; one statement."""
    rows = _narrowed(actor, filters.everybody)
    if filters.kind in KINDS:
        rows = rows.filter(kind=filters.kind)
    counted = rows.order_by().aggregate(
        open=Count("pk", filter=Q(closed_at=None, is_muted=False)),
        muted=Count("pk", filter=Q(closed_at=None, is_muted=True)),
        closed=Count("pk", filter=Q(closed_at__isnull=False)),
    )
    return {OPEN: counted["open"], MUTED: counted["muted"], CLOSED: counted["closed"]}


def open_alerts(actor: Actor, limit: int) -> list[Alert]:
    """The open alerts that the person is told of and did not mute, urgent and new ones first, `limit` at most."""
    return _open_alerts(actor, KINDS, limit)


def to_pause(actor: Actor) -> dict[int, list[Alert]]:
    """Product id → the open alerts the person is told of whose answer is to pause its ads; one statement."""
    pausing = [slug for slug, kind in KINDS.items() if kind.pauses_ads]
    found: dict[int, list[Alert]] = {}
    for alert in _open_alerts(actor, pausing):
        if "product" in alert.things:
            found.setdefault(alert.things["product"], []).append(alert)
    return found


def unseen_alerts(actor: Actor, limit: int) -> list[Alert]:
    """What the bell counts, newest first, `limit` at most."""
    notices = unseen_notices(actor).select_related("alert__rule").order_by("-alert_id")
    return [notice.alert for notice in notices[:limit]]


def get_alert(actor: Actor, alert_id: int) -> Alert:
    """One alert that the actor is told of, or, with the right to the settings, any in sight. Raises `NotFound`."""
    alert: Alert | None = _narrowed(actor, everybody=True).select_related("rule").filter(pk=alert_id).first()
    if alert is None:
        raise NotFound
    return alert


def _narrowed(actor: Actor, everybody: bool) -> Any:
    own = AlertNotice.objects.filter(alert=OuterRef("pk"), user_id=actor.user_id or 0)
    rows = Alert.objects.visible_to(actor).annotate(
        is_mine=Exists(own),
        is_unseen=Exists(own.filter(seen_at=None)),
        is_muted=Exists(_mutes(actor.user_id, "rule", "subject_key")),
    )
    return rows if everybody and actor.can(Perm.SETTINGS_MANAGE) else rows.filter(is_mine=True)


def mutes_of(actor: Actor) -> QuerySet[AlertMute]:
    """Own mutes in force, and those for all where the actor may set them, newest first."""
    return AlertMute.objects.visible_to(actor).in_force().select_related("rule", "made_by").order_by("-id")


def preference_of(actor: Actor) -> AlertPreference:
    """When the person wants mails; the usual answer for who never said."""
    return AlertPreference.objects.visible_to(actor).first() or AlertPreference()


def rules(actor: Actor) -> list[AlertRule]:
    """Every rule with whom it tells, `open_qty` and `failed_at`, in the order of their kinds; three statements."""
    order = list(KINDS)
    rows = AlertRule.objects.visible_to(actor).prefetch_related("roles", "people")
    counted = rows.annotate(open_qty=Count("alerts", filter=Q(alerts__closed_at=None)))
    return sorted(counted, key=lambda rule: (order.index(rule.kind), rule.pk))


def get_rule(actor: Actor, rule_id: int) -> AlertRule:
    """One rule. Raises `NotFound`."""
    rule = AlertRule.objects.visible_to(actor).filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    return rule


def resting_since() -> datetime | None:
    """When rules were last looked at, if the worker should have done it since: it rests. None while it works."""
    looked = [rule for rule in AlertRule.objects.filter(is_active=True) if rule.evaluated_at is not None]
    last = max((rule.evaluated_at for rule in looked if rule.evaluated_at is not None), default=None)
    if last is None:
        return None
    soonest = min(OVERDUE_AFTER[rule.definition.cadence] for rule in looked)
    return last if now() - last > soonest else None
