"""Bring the alerts of a rule up to date with what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from commanda.alerts.audience import audience, told_of
from commanda.alerts.jobs import queue_urgent
from commanda.alerts.kinds import Facts, Finding
from commanda.alerts.live import ring
from commanda.alerts.locks import lock_rule
from commanda.alerts.models import Alert, AlertNotice, AlertRule
from commanda.audit.services import record_many
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work


@dataclass(frozen=True, slots=True)
class Settled:
    """How many alerts of the rule opened, closed, and are open now."""

    opened: int = 0
    closed: int = 0
    open: int = 0


def settle(*, actor: Actor, rule_id: int, findings: Sequence[Finding]) -> Settled:
    """Open, update and close the rule's alerts; tell the people it names. A constant number of statements.

    Locks the rule, so that two workers settle it one after the other; a rule that was switched off or deleted meanwhile
    is left alone. People hear of an alert when it opens and when it has grown much worse; those that the rule names
    since then are added, others taken out. Urgent ones are mailed at once, by a job in the same transaction.
    """
    with unit_of_work():
        rule = lock_rule(rule_id)
        if rule is None or not rule.is_active:
            return Settled()
        at = now()
        rule.evaluated_at, rule.failed_at = at, None
        rule.save(update_fields=["evaluated_at", "failed_at"])
        found = {finding.key: finding for finding in findings}
        before = {alert.subject_key: alert for alert in Alert.objects.open().filter(rule=rule)}
        kept = [alert for key, alert in before.items() if key in found]
        gone = [alert for key, alert in before.items() if key not in found]
        news = _update(kept, found, at)
        opened = _open(rule, [found[key] for key in found if key not in before and found[key].opens], at)
        rung = _close(gone, at) | _tell(rule, [*kept, *opened], news)
        _record(actor, rule, opened, gone)
        if rule.is_urgent and rule.to_email and (opened or news):
            queue_urgent(rung)
        ring(rung)
    return Settled(len(opened), len(gone), len(kept) + len(opened))


def _open(rule: AlertRule, findings: Sequence[Finding], at: datetime) -> list[Alert]:
    return Alert.objects.bulk_create(
        Alert(
            rule=rule,
            kind=rule.kind,
            subject_key=finding.key,
            things=dict(finding.things),
            owner_ids=list(finding.owner_ids),
            facts=dict(Facts.of(finding)),
            told_value="" if finding.value is None else format(finding.value, "f"),
            opened_at=at,
            changed_at=at,
            updated_at=at,
        )
        for finding in findings
    )


def _update(alerts: Sequence[Alert], found: Mapping[str, Finding], at: datetime) -> list[Alert]:
    """Write the present state of those that moved; returns those that have grown much worse."""
    moved, news = [], []
    for alert in alerts:
        finding = found[alert.subject_key]
        facts, things, owners = dict(Facts.of(finding)), dict(finding.things), list(finding.owner_ids)
        if (facts, things, owners) == (alert.facts, alert.things, alert.owner_ids):
            continue
        told = Facts({"value": alert.told_value}).number("value")
        if alert.definition.is_news(told, finding.value):
            alert.told_value, alert.changed_at = facts["value"], at
            news.append(alert)
        alert.facts, alert.things, alert.owner_ids, alert.updated_at = facts, things, owners, at
        moved.append(alert)
    Alert.objects.bulk_update(moved, ["facts", "things", "owner_ids", "told_value", "changed_at", "updated_at"])
    return news


def _close(alerts: Sequence[Alert], at: datetime) -> set[int]:
    """Close them, and let nobody have them unseen any more; returns whose number changes by that."""
    if not alerts:
        return set()
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(closed_at=at, updated_at=at)
    unseen = AlertNotice.objects.filter(alert__in=alerts, seen_at=None)
    people = set(unseen.values_list("user_id", flat=True))
    unseen.update(seen_at=at)
    return people


def _tell(rule: AlertRule, alerts: Sequence[Alert], news: Sequence[Alert]) -> set[int]:
    """Make the notices those of the people whom the rule names now; returns who has something new, or less."""
    if not alerts:
        return set()
    wanted = told_of(rule, audience(rule), alerts)
    notices = AlertNotice.objects.filter(alert__in=alerts)
    known = {(alert_id, user_id): pk for pk, alert_id, user_id in notices.values_list("pk", "alert_id", "user_id")}
    added, dropped = wanted - set(known), set(known) - wanted
    if dropped:
        AlertNotice.objects.filter(pk__in=[known[pair] for pair in dropped]).delete()
    AlertNotice.objects.bulk_create(AlertNotice(alert_id=alert_id, user_id=user_id) for alert_id, user_id in added)
    again = {alert.pk for alert in news}
    if again:
        AlertNotice.objects.filter(alert__in=again, seen_at__isnull=False).update(seen_at=None)
    return {user_id for alert_id, user_id in wanted if alert_id in again or (alert_id, user_id) in added} | {
        user_id for _alert_id, user_id in dropped
    }


def _record(actor: Actor, rule: AlertRule, opened: Sequence[Alert], closed: Sequence[Alert]) -> None:
    """Without the numbers: not everybody who reads the history may see them."""
    for name, alerts in (("alert.opened", opened), ("alert.closed", closed)):
        entries = [(alert.pk, {"rule": rule.pk, "kind": rule.kind, "subject": alert.subject_key}) for alert in alerts]
        record_many(actor=actor, name=name, subject="alert", entries=entries)
