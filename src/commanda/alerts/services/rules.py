"""The rules of alerts, as an administrator sets them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.alerts.kinds import KINDS, Finding, Kind
from commanda.alerts.live import ring_rule
from commanda.alerts.locks import lock_rule
from commanda.alerts.models import AlertRule
from commanda.alerts.models.rule import MOST_DAYS
from commanda.alerts.selectors import get_rule
from commanda.alerts.services.evaluate import evaluate_rules, findings_of
from commanda.alerts.services.settle import settle
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid, NotFound
from commanda.kernel.transaction import unit_of_work

FLAGS = ("is_urgent", "to_bell", "to_email")


@dataclass(frozen=True, slots=True)
class RuleData:
    """What the form of a rule holds. `limits` by slug, ratios 0..1; roles and people by id."""

    name: str
    limits: Mapping[str, Decimal]
    days: int
    dimension: str
    is_urgent: bool
    to_bell: bool
    to_email: bool
    role_ids: Collection[int]
    person_ids: Collection[int]


def save_rule(*, actor: Actor, kind: str, data: RuleData, rule_id: int | None = None) -> AlertRule:
    """Add a rule of a kind, or change one, and look at once what it tells now.

    Raises `Invalid` with the field to mend, `NotFound`.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rule = AlertRule(kind=_checked_kind(kind)) if rule_id is None else lock_rule(rule_id)
        if rule is None:
            raise NotFound
        before = {} if rule_id is None else _told(rule)
        _fill(rule, data)
        rule.failed_at = None
        rule.save()
        rule.roles.set(data.role_ids)
        rule.people.set(data.person_ids)
        after = _told(rule)
        changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
        if changes:
            _record(actor, rule, "alert.rule_saved", changes)
        if "to_bell" in changes:
            ring_rule(rule.pk)
    evaluate_rules(actor=actor, rule_ids=[rule.pk])
    return rule


def try_rule(*, actor: Actor, kind: str, data: RuleData, rule_id: int | None = None) -> list[Finding]:
    """What a rule would tell of now, with the limits given; nothing is written. Raises `Invalid`."""
    actor.require(Perm.SETTINGS_MANAGE)
    rule = AlertRule(kind=_checked_kind(kind)) if rule_id is None else get_rule(actor, rule_id)
    _fill(rule, data)
    return [finding for finding in findings_of(rule) if finding.opens]


def switch_rule(*, actor: Actor, rule_id: int, is_active: bool) -> None:
    """Let a rule tell, or not: what it told of closes when it is switched off. Raises `NotFound`."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rule = lock_rule(rule_id)
        if rule is None:
            raise NotFound
        if rule.is_active == is_active:
            return
        if not is_active:
            settle(actor=actor, rule_id=rule.pk, findings=[])
        AlertRule.objects.filter(pk=rule.pk).update(is_active=is_active, failed_at=None, evaluated_at=None)
        _record(actor, rule, "alert.rule_saved", {"is_active": [not is_active, is_active]})
    if is_active:
        evaluate_rules(actor=actor, rule_ids=[rule.pk])


def delete_rule(*, actor: Actor, rule_id: int) -> None:
    """Forget a rule with its alerts and mutes; the audit keeps that they were. Raises `NotFound`."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rule = lock_rule(rule_id)
        if rule is None:
            raise NotFound
        ring_rule(rule.pk)
        _record(actor, rule, "alert.rule_deleted", {name: [value, None] for name, value in _told(rule).items()})
        rule.delete()


def _checked_kind(kind: str) -> str:
    if kind not in KINDS:
        raise Invalid(_("Choose what to look for."), field="kind")
    return kind


def _fill(rule: AlertRule, data: RuleData) -> None:
    kind = rule.definition
    if not (data.to_bell or data.to_email):
        raise Invalid(_("Choose at least one way: the bell or e-mail."), field="to_bell", code="no_channel")
    if kind.default_days and not 1 <= data.days <= MOST_DAYS:
        raise Invalid(_("Choose 1 to %(highest)s days."), field="days", highest=MOST_DAYS)
    if kind.dimensions and data.dimension not in kind.dimensions:
        raise Invalid(_("Choose what to look at one by one."), field="dimension")
    rule.name = data.name.strip()[:80]
    rule.limits = {name: format(value, "f") for name, value in _checked_limits(kind, data.limits).items()}
    rule.days = data.days if kind.default_days else 0
    rule.dimension = data.dimension if kind.dimensions else ""
    for flag in FLAGS:
        setattr(rule, flag, getattr(data, flag))


def _checked_limits(kind: Kind, limits: Mapping[str, Decimal]) -> dict[str, Decimal]:
    checked = {}
    for limit in kind.limits:
        value = limits.get(limit.slug, limit.default)
        if not limit.lowest <= value <= limit.highest:
            raise Invalid(
                _("Type a number from %(lowest)s to %(highest)s."),
                field=f"limit_{limit.slug}",
                lowest=limit.unit.typed(limit.lowest),
                highest=limit.unit.typed(limit.highest),
            )
        checked[limit.slug] = value
    return checked


def _told(rule: AlertRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "limits": rule.limits,
        "days": rule.days,
        "dimension": rule.dimension,
        **{flag: getattr(rule, flag) for flag in FLAGS},
        "roles": sorted(rule.roles.values_list("pk", flat=True)),
        "people": sorted(rule.people.values_list("pk", flat=True)),
    }


def _record(actor: Actor, rule: AlertRule, name: str, changes: dict[str, Any]) -> None:
    record(actor=actor, name=name, subject="alert_rule", subject_id=rule.pk, changes={"kind": rule.kind, **changes})
