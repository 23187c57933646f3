"""Change when clients are called and how orders are given out."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.models import CallPolicy
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work

FIELDS = (
    "opens_at",
    "closes_at",
    "friday_break_from",
    "friday_break_until",
    "max_attempts",
    "lease_minutes",
    "presence_minutes",
    "assignment_method",
    "capacity",
)


def save_call_policy(*, actor: Actor, fields: dict[str, Any]) -> CallPolicy:
    """Change the one call policy. Raises `Invalid` when calls would end before they begin."""
    actor.require(Perm.SETTINGS_MANAGE)
    if fields["opens_at"] >= fields["closes_at"]:
        raise Invalid(_("Calls must end after they begin."), field="closes_at")
    if fields["friday_break_from"] > fields["friday_break_until"]:
        raise Invalid(_("The break must end after it begins."), field="friday_break_until")
    with unit_of_work():
        policy = CallPolicy.objects.get()
        changes = {
            name: [str(getattr(policy, name)), str(fields[name])]
            for name in FIELDS
            if getattr(policy, name) != fields[name]
        }
        if changes:
            for name in changes:
                setattr(policy, name, fields[name])
            policy.save(update_fields=list(changes))
            record(actor=actor, name="settings.calls", subject="call_policy", subject_id=policy.pk, changes=changes)
    return policy
