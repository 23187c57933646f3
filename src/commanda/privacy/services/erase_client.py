"""Erase a client's personal data for good, and leave the books as they are (law 09-08)."""

import re
from functools import partial
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.customers.locks import lock_customer
from commanda.customers.models import Customer
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.kernel.visibility import FIELDS, FieldClass
from commanda.orders.locks import lock_orders
from commanda.orders.models import EntryDraft, Order, OrderAttachment
from commanda.orders.stages import ENDS
from commanda.privacy.models import Access
from commanda.privacy.services import erase_statements as statements
from commanda.privacy.services.note_access import note_access

MARK: Final = "—"
# National digits of a phone: a country's code and a leading 0 are written or not.
_DIGITS: Final = 9
# Free texts that audit rows may hold beside the fields classified as personal.
_TEXTS: Final = frozenset({"city_text", "reason_text", "comment", "text", "tags", "blocked_reason"})


def erase_client(*, actor: Actor, customer_id: int, reason: str) -> Customer:
    """Replace all that tells who the client is, in every table; lines, money, stock, states and times stay.

    Files of the orders are deleted. Rows read from sheets are emptied and known again, so that a sheet which still
    has them brings nothing back. `reason` (who asked, when) is kept in the audit log; it must not name the client.
    Raises `Conflict` while an order is open, `Invalid` without a reason, `NotFound`. Locks the client, their orders.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    actor.require(Perm.CUSTOMERS_EDIT)
    if not reason.strip():
        raise Invalid(_("Say who asked for it, without the name."), field="reason", code="reason_needed")
    with unit_of_work():
        customer = lock_customer(actor, customer_id)
        if customer.erased_at is not None:
            raise Conflict(_("The data of this client have been erased already."), code="erased_already")
        orders = lock_orders(actor, list(Order.objects.filter(customer=customer).values_list("pk", flat=True)))
        _refuse_open(orders)
        _delete_files([order.pk for order in orders])
        _replace(customer, orders)
        record(
            actor=actor,
            name="customer.erased",
            subject="customer",
            subject_id=customer.pk,
            changes={"orders": len(orders)},
            reason=reason.strip(),
        )
        note_access(actor=actor, kind=Access.Kind.ERASED, customer_ids=[customer.pk])
    customer.refresh_from_db()
    return customer


def _refuse_open(orders: list[Order]) -> None:
    number = sum(1 for order in orders if order.stage not in ENDS)
    if number:
        raise Conflict(
            ngettext_lazy(
                "%(number)s order is still open: finish or cancel it first.",
                "%(number)s orders are still open: finish or cancel them first.",
                number,
            ),
            code="orders_open",
            number=number,
        )


def _delete_files(order_ids: list[int]) -> None:
    """Delete the files once the change is certain: a file cannot be rolled back."""
    for attachment in OrderAttachment.objects.filter(order__in=order_ids, removed_at=None):
        transaction.on_commit(partial(attachment.file.storage.delete, str(attachment.file.name)))


def _replace(customer: Customer, orders: list[Order]) -> None:
    order_ids = [order.pk for order in orders]
    written = [(row.phone_e164, row.phone2_e164) for row in orders]
    phones = {phone for pair in [(customer.phone_e164, customer.phone2_e164), *written] for phone in pair if phone}
    digits = "|".join(sorted(re.sub(r"\D", "", phone)[-_DIGITS:] for phone in phones))
    values: dict[str, Any] = {
        "customer": customer.pk,
        "orders": order_ids,
        "phones": sorted(phones),
        "digits": digits,
        "alias": f"x{customer.pk}",
        "mark": MARK,
        "at": now(),
        "keys": sorted(personal_names()),
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.FIND_ROWS, values)
        values["rows"] = [pk for (pk,) in cursor.fetchall()]
        for statement in statements.ERASE:
            cursor.execute(statement, values)
        cursor.execute(statements.ALLOW_REDACTION)
        cursor.execute(statements.REDACT_AUDIT, values)
    EntryDraft.objects.filter(data__iregex=_spelt(digits)).delete()


def _spelt(digits: str) -> str:
    """A pattern that finds the digits however they are grouped."""
    return "|".join("[^0-9]*".join(number) for number in digits.split("|"))


def personal_names() -> set[str]:
    """The names of all fields that are classified as personal, as audit rows have them."""
    classified = {name.rpartition(".")[2] for name, kind in FIELDS.items() if kind is FieldClass.PERSONAL}
    return classified | _TEXTS
