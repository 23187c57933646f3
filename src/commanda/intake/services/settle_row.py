"""An imported row that somebody should look at: it is fine, it gets a city, or its order is cancelled."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.customers.services.learn_city import learn_city
from commanda.intake.inbox_selectors import rows_like
from commanda.intake.locks import lock_row, lock_rows
from commanda.intake.models import StagedRow
from commanda.intake.problems import BLOCKED
from commanda.intake.services.run_import import as_importer
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.text import shorten, strip_marks
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import Order
from commanda.orders.services.edit import edit_order
from commanda.orders.services.transition import transition_order
from commanda.orders.stages import EDITABLE

Status = StagedRow.Status
CANCELLED: Final = "cancelled"
_ALIKE_AT_ONCE: Final = 1_000
_DECISIONS: Final = frozenset(
    {"change_unreadable", "change_overruled", "change_too_late", "change_refused", "change_merged", BLOCKED}
)


def settle_row(*, actor: Actor, row_id: int, city_id: int | None = None, remember: bool = True) -> StagedRow:
    """An imported row has been looked at; with `city_id` its order gets that city.

    With `remember` so do the orders of the other rows that write it the same way and have no city yet. Raises what
    `edit_order` raises: an order that has left the house keeps its city.
    """
    actor.require(Perm.INTAKE_MANAGE)
    with unit_of_work():
        staged = _lock_imported(actor, row_id)
        if city_id is not None:
            order = Order.objects.get(staged_rows=staged)
            edit_order(actor=as_importer(actor), order_id=order.pk, fields={"city_id": city_id})
            if remember and order.city_text:
                learn_city(actor=actor, text=order.city_text, city_id=city_id)
                _settle_alike(actor, staged, city_id)
        _settled(actor, staged)
    return staged


def refuse_order(*, actor: Actor, row_id: int, reason: str) -> StagedRow:
    """Cancel the order of an imported row, such as one of a blocked client, and be done with the row.

    Raises `Invalid` without a reason and what `transition_order` raises.
    """
    actor.require(Perm.INTAKE_MANAGE)
    reason = shorten(strip_marks(reason), 200)
    if not reason:
        raise Invalid(_("Say why the order is cancelled."), field="reason", code="reason_needed")
    with unit_of_work():
        staged = _lock_imported(actor, row_id)
        order = Order.objects.get(staged_rows=staged)
        transition_order(actor=actor, order_id=order.pk, to=CANCELLED, reason_text=reason)
        _settled(actor, staged, reason)
    return staged


def _lock_imported(actor: Actor, row_id: int) -> StagedRow:
    staged = lock_row(actor, row_id)
    if staged.status != Status.IMPORTED:
        raise Conflict(_("This row has not been imported yet."), code="row_waiting")
    return staged


def _settled(actor: Actor, staged: StagedRow, reason: str = "") -> None:
    staged.needs_look = False
    staged.save(update_fields=["needs_look", "updated_at"])
    record(actor=actor, name="row.settled", subject="staged_row", subject_id=staged.pk, reason=reason)


def _settle_alike(actor: Actor, staged: StagedRow, city_id: int) -> None:
    """Give the orders of rows with the same unknown city that city, too, where it may still be changed."""
    alike = rows_like(actor, staged).filter(status=Status.IMPORTED, order__city=None, order__stage__in=EDITABLE)
    for row in lock_rows(list(alike.values_list("pk", flat=True)[:_ALIKE_AT_ONCE])):
        order = Order.objects.get(staged_rows=row)
        if not order.is_editable:
            continue
        edit_order(actor=as_importer(actor), order_id=order.pk, fields={"city_id": city_id})
        if {problem["code"] for problem in row.problems} & _DECISIONS:
            continue  # something else about this row wants a look
        row.needs_look = False
        row.save(update_fields=["needs_look", "updated_at"])
