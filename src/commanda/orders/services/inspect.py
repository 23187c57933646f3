"""Decide about what came back: shelf, quarantine or loss."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.demand import Demand, demands_of
from commanda.orders.locks import lock_order
from commanda.orders.models import OrderLine
from commanda.orders.stages import Stage
from commanda.stock.buckets import Delta
from commanda.stock.models import StockMovement
from commanda.stock.services.move_units import UnitMove, move_units


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many units of a line go where; the rest keeps waiting."""

    line_id: int
    back_qty: int = 0
    quarantine_qty: int = 0
    lost_qty: int = 0


def inspect_return(*, actor: Actor, order_id: int, verdicts: Sequence[Verdict], note: str = "") -> None:
    """Add the verdicts to the returned order's lines and move the units.

    Locks the order, then the levels. Raises `Conflict` when the order is not returned, `Invalid` when a
    verdict exceeds what still waits.
    """
    actor.require(Perm.SHIPPING_RETURNS)
    with unit_of_work():
        order = lock_order(actor, order_id)
        if order.stage != Stage.RETURNED:
            raise Conflict(_("Only returned orders are inspected."), code="not_returned")
        before = _standing(demands_of([order_id]))
        lines = {line.pk: line for line in order.lines.all()}
        for verdict in verdicts:
            _add(lines.get(verdict.line_id), verdict)
        OrderLine.objects.bulk_update(lines.values(), ["back_qty", "quarantine_qty", "lost_qty"])
        after = _standing(demands_of([order_id]))
        move_units(
            actor=actor,
            moves=[
                UnitMove(
                    variant_id,
                    after[variant_id] - before[variant_id],
                    StockMovement.Kind.INSPECTION,
                    order_id,
                    note=note,
                )
                for variant_id in after
            ],
        )
        record(
            actor=actor,
            name="order.inspected",
            subject="order",
            subject_id=order_id,
            changes={
                lines[verdict.line_id].sku: {
                    "back": verdict.back_qty,
                    "quarantine": verdict.quarantine_qty,
                    "lost": verdict.lost_qty,
                }
                for verdict in verdicts
            },
            reason=note,
        )


def _standing(demands: Sequence[Demand]) -> dict[int, Delta]:
    sums: dict[int, Delta] = {}
    for demand in demands:
        sums[demand.variant_id] = sums.get(demand.variant_id, Delta()) + demand.standing(Stage.RETURNED)
    return sums


def _add(line: OrderLine | None, verdict: Verdict) -> None:
    quantities = (verdict.back_qty, verdict.quarantine_qty, verdict.lost_qty)
    if line is None:
        raise Invalid(_("This line is not part of the order."), field="lines")
    if min(quantities) < 0 or sum(quantities) > line.pending_qty:
        raise Invalid(
            _("%(sku)s: only %(pending)s units wait for inspection."),
            field="lines",
            code="too_many_inspected",
            sku=line.sku,
            pending=line.pending_qty,
        )
    line.back_qty += verdict.back_qty
    line.quarantine_qty += verdict.quarantine_qty
    line.lost_qty += verdict.lost_qty
