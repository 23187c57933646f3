"""What the tests of alerts share: rules of one kind alone, and looking at the shop with them."""

from collections.abc import Collection
from typing import Any

from commanda.accounts.models import Role, User
from commanda.alerts.kinds import KINDS
from commanda.alerts.models import Alert, AlertRule
from commanda.alerts.services.evaluate import evaluate_rules
from commanda.alerts.services.settle import Settled, settle
from commanda.kernel.actor import system_actor

SYSTEM = system_actor("test")


def make_rule(
    kind: str, *, roles: Collection[str] = ("admin",), people: Collection[User] = (), **fields: Any
) -> AlertRule:
    """A rule of the kind with its usual limits, or with `limits` of one's own."""
    definition = KINDS[kind]
    limits = {name: format(value, "f") for name, value in definition.defaults().items()}
    limits.update(fields.pop("limits", {}))
    fields.setdefault("days", definition.default_days)
    if definition.dimensions:
        fields.setdefault("dimension", definition.dimensions[0])
    rule = AlertRule.objects.create(kind=kind, limits=limits, **fields)
    rule.roles.set(Role.objects.filter(slug__in=roles))
    rule.people.set(people)
    return rule


def look(rule: AlertRule) -> Settled:
    """Ask the rule; a failure is the test's."""
    found = evaluate_rules(actor=SYSTEM, rule_ids=[rule.pk])[rule.pk]
    assert found is not None, "the rule failed"
    return found


def settled(rule: AlertRule, *findings: Any) -> Settled:
    """As if these had been found."""
    return settle(actor=SYSTEM, rule_id=rule.pk, findings=findings)


def open_ones(rule: AlertRule) -> list[Alert]:
    return list(Alert.objects.open().filter(rule=rule).order_by("pk"))


def keys(rule: AlertRule) -> list[str]:
    return sorted(alert.subject_key for alert in open_ones(rule))
