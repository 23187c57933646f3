"""The assignment rules and what each agent handles."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.models import AgentProfile, AssignmentRule
from commanda.confirmation.selectors import get_rule, profile_of
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work

RULE_FIELDS = (
    "name",
    "method",
    "agent_ids",
    "product_ids",
    "city_ids",
    "zone_ids",
    "store_ids",
    "channels",
    "platforms",
    "language",
    "client_kind",
    "min_amount",
    "max_amount",
)
PROFILE_FIELDS = ("is_taking_orders", "languages", "product_ids", "city_ids", "capacity", "weight")


def save_rule(*, actor: Actor, fields: Mapping[str, Any], rule_id: int | None = None) -> AssignmentRule:
    """Add a rule at the end, or change one. Orders given before stay where they are.

    Raises `Invalid` (`max_amount`, `method`).
    """
    actor.require(Perm.SETTINGS_MANAGE)
    low, high = fields["min_amount"], fields["max_amount"]
    if low is not None and high is not None and low > high:
        raise Invalid(_("The upper value is below the lower one."), field="max_amount")
    if fields["method"] not in AssignmentRule.Method.values:
        raise Invalid(_("Choose how the rule gives orders."), field="method")
    with unit_of_work():
        rule = get_rule(rule_id) if rule_id else AssignmentRule(position=AssignmentRule.objects.count())
        changes = _set(rule, fields, RULE_FIELDS)
        if changes or not rule_id:
            rule.save()
            _record(actor, rule, changes)
    return rule


def switch_rule(*, actor: Actor, rule_id: int, is_active: bool) -> None:
    """Let a rule decide, or not."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rule = get_rule(rule_id)
        changes = _set(rule, {"is_active": is_active}, ("is_active",))
        if changes:
            rule.save(update_fields=["is_active"])
            _record(actor, rule, changes)


def move_rule(*, actor: Actor, rule_id: int, up: bool) -> None:
    """Change places with the neighbour; the ends stay where they are."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rule, rows = get_rule(rule_id), list(AssignmentRule.objects.all())
        place = [row.pk for row in rows].index(rule.pk)
        other = place - 1 if up else place + 1
        if not 0 <= other < len(rows):
            return
        rows[place], rows[other] = rows[other], rows[place]
        for position, row in enumerate(rows):
            row.position = position
        AssignmentRule.objects.bulk_update(rows, ["position"])
        _record(actor, rule, {"position": [place, other]})


def delete_rule(*, actor: Actor, rule_id: int) -> None:
    """Forget a rule; what it gave stays given, and the audit keeps its name."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        rule = get_rule(rule_id)
        _record(actor, rule, {name: [_told(getattr(rule, name)), None] for name in RULE_FIELDS if getattr(rule, name)})
        rule.delete()


def save_profile(*, actor: Actor, user_id: int, fields: Mapping[str, Any]) -> AgentProfile:
    """Say what an agent handles and how much. Raises `NotFound` for somebody who is no active agent."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        profile = profile_of(actor, user_id)
        changes = _set(profile, fields, PROFILE_FIELDS)
        if changes:
            profile.save()
            record(actor=actor, name="settings.agent", subject="user", subject_id=user_id, changes=changes)
    return profile


def _set(row: AssignmentRule | AgentProfile, fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in names:
        old, new = getattr(row, name), fields[name]
        if old != new:
            changes[name] = [_told(old), _told(new)]
            setattr(row, name, new)
    return changes


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _record(actor: Actor, rule: AssignmentRule, changes: dict[str, Any]) -> None:
    told = {"rule": rule.name or rule.method, **changes}
    record(actor=actor, name="settings.assignment", subject="assignment_rule", subject_id=rule.pk, changes=told)
