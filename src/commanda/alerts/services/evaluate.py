"""Look at the shop with all rules, as the worker does every few minutes."""

from collections.abc import Collection

import structlog

from commanda.accounts.permissions import Perm
from commanda.alerts.kinds import KINDS, Cadence, Finding
from commanda.alerts.models import AlertRule
from commanda.alerts.services.settle import Settled, settle
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.transaction import unit_of_work

log = structlog.get_logger(__name__)


def evaluate_rules(
    *, actor: Actor, cadence: Cadence | None = None, rule_ids: Collection[int] | None = None
) -> dict[int, Settled | None]:
    """Ask every active rule (of a cadence, or some) and settle its alerts; rule id → what came of it, None: it failed.

    Each rule costs the same number of statements however much it looks at, and has a transaction of its own: what
    fails is noted with the rule and logged, and the others go on. The kind that tells of failures is asked last.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    rules = AlertRule.objects.filter(is_active=True)
    if rule_ids is not None:
        rules = rules.filter(pk__in=rule_ids)
    order = list(KINDS)
    wanted = [rule for rule in rules if cadence is None or rule.definition.cadence is cadence]
    return {rule.pk: _evaluate(actor, rule) for rule in sorted(wanted, key=lambda rule: order.index(rule.kind))}


def findings_of(rule: AlertRule) -> list[Finding]:
    """What a rule finds now; in a transaction of its own, so that a statement that fails harms nothing else."""
    with unit_of_work():
        return rule.definition.find(rule.terms)


def _evaluate(actor: Actor, rule: AlertRule) -> Settled | None:
    try:
        return settle(actor=actor, rule_id=rule.pk, findings=findings_of(rule))
    except Exception:
        # Whatever it is: one kind that cannot be asked must not silence the others.
        log.exception("alert_rule_failed", rule=rule.pk, kind=rule.kind)
        AlertRule.objects.filter(pk=rule.pk, failed_at=None).update(failed_at=now())
        return None
