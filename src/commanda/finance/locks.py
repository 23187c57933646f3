"""The only place that locks for finance."""

from collections.abc import Collection

from django.db import connection

from commanda.catalog.models import Variant
from commanda.finance.models import Expense
from commanda.kernel.actor import Actor
from commanda.kernel.errors import NotFound
from commanda.shipping.models import Carrier


def lock_variants(actor: Actor, variant_ids: Collection[int]) -> dict[int, Variant]:
    """Lock variants in id order, so that two people setting their costs wait for each other.

    Orders that sell them do not wait (the lock leaves the key free). Raises `NotFound` when one is missing.
    """
    rows = (
        Variant.objects.filter(pk__in=variant_ids)
        .select_related("product")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    found = {variant.pk: variant for variant in rows}
    if set(found) != set(variant_ids):
        raise NotFound
    return found


def lock_carrier(carrier_id: int) -> Carrier:
    """Lock one carrier while its fees change. Raises `NotFound`."""
    carrier = Carrier.objects.select_for_update(no_key=True).filter(pk=carrier_id).first()
    if carrier is None:
        raise NotFound
    return carrier


def lock_expense(actor: Actor, expense_id: int) -> Expense:
    """Lock one expense. Raises `NotFound` when it does not exist or is not the actor's to see."""
    rows = Expense.objects.visible_to(actor).select_for_update(no_key=True, of=("self",))
    expense = rows.filter(pk=expense_id).first()
    if not isinstance(expense, Expense):
        raise NotFound
    return expense


def hold_commissions() -> None:
    """Let nobody earn until this transaction ends: what was earned and the plans can be compared in peace."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE finance_commissionentry IN SHARE ROW EXCLUSIVE MODE")
