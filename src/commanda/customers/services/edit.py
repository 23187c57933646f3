"""Change a client's record, block and unblock."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.customers.locks import lock_customer
from commanda.customers.models import Customer
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.text import fold
from commanda.kernel.transaction import unit_of_work

FIELDS = ("name", "phone2_e164", "city_id", "address", "note", "tags")


def edit_customer(*, actor: Actor, customer_id: int, fields: dict[str, Any]) -> Customer:
    """Change what is known about a client; their orders keep what they were made with. Locks the client."""
    actor.require(Perm.CUSTOMERS_EDIT)
    with unit_of_work():
        customer = lock_customer(actor, customer_id)
        changes = {
            name: [str(getattr(customer, name) or ""), str(fields[name] or "")]
            for name in FIELDS
            if name in fields and getattr(customer, name) != fields[name]
        }
        if changes:
            for name in changes:
                setattr(customer, name, fields[name])
            customer.name_folded = fold(customer.name)[:200]
            customer.save(update_fields=[*changes, "name_folded", "updated_at"])
            record(actor=actor, name="customer.edited", subject="customer", subject_id=customer.pk, changes=changes)
    return customer


def block_customer(*, actor: Actor, customer_id: int, is_blocked: bool, reason: str = "") -> Customer:
    """Warn everybody about a client, with the reason, or lift the warning. Locks the client."""
    actor.require(Perm.CUSTOMERS_EDIT)
    if is_blocked and not reason.strip():
        raise Invalid(_("Say why this client is blocked."), field="reason", code="reason_needed")
    with unit_of_work():
        customer = lock_customer(actor, customer_id)
        if customer.is_blocked != is_blocked:
            customer.is_blocked = is_blocked
            customer.blocked_reason = reason.strip()[:200] if is_blocked else ""
            customer.blocked_at = now() if is_blocked else None
            customer.save(update_fields=["is_blocked", "blocked_at", "blocked_reason", "updated_at"])
            record(
                actor=actor,
                name="customer.blocked" if is_blocked else "customer.unblocked",
                subject="customer",
                subject_id=customer.pk,
                reason=reason,
            )
    return customer
