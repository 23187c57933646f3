"""What people do to the stock: receive, count, adjust, decide about quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.stock.buckets import Delta
from commanda.stock.locks import lock_levels
from commanda.stock.models import StockDocument, StockMovement
from commanda.stock.services.move_units import UnitMove, move_units

MAX_QUANTITY = 100_000
ADJUSTMENT_KINDS = (StockMovement.Kind.DAMAGE, StockMovement.Kind.LOSS, StockMovement.Kind.FOUND)


@dataclass(frozen=True, slots=True)
class StockLine:
    """So many units of a variant: received, counted on the shelf, or added/taken."""

    variant_id: int
    quantity: int


def receive_stock(
    *, actor: Actor, lines: Sequence[StockLine], supplier: str = "", reference: str = "", note: str = ""
) -> StockDocument:
    """Add units from a supplier. Quantities are positive; raises `Invalid` otherwise."""
    _check(actor, lines, lowest=1)
    moves = [(line.variant_id, Delta(on_hand=line.quantity), StockMovement.Kind.RECEIPT) for line in lines]
    return _write(actor, StockDocument.Kind.RECEIPT, moves, supplier=supplier, reference=reference, note=note)


def count_stock(
    *, actor: Actor, lines: Sequence[StockLine], note: str = "", seen: Mapping[int, int] | None = None
) -> StockDocument:
    """Set the shelf (on hand less in transit) to what was counted.

    The levels are locked while compared. `seen` is the shelf per variant id that the person compared with:
    raises `Conflict` when units moved since. Raises `OutOfStock` when fewer are left than promised to
    confirmed orders: those orders must be cancelled or changed first.
    """
    _check(actor, lines, lowest=0)
    with unit_of_work():
        levels = lock_levels([line.variant_id for line in lines])
        moves = []
        for line in lines:
            level = levels.get(line.variant_id)
            shelf = level.shelf if level else 0
            if seen is not None and seen.get(line.variant_id, shelf) != shelf:
                raise Conflict(
                    _("Units moved while you counted. Look at the differences again, then save."),
                    code="moved_meanwhile",
                    field="lines",
                )
            difference = line.quantity - shelf
            moves.append((line.variant_id, Delta(on_hand=difference), StockMovement.Kind.COUNT))
        return _write(actor, StockDocument.Kind.COUNT, moves, note=note)


def adjust_stock(*, actor: Actor, lines: Sequence[StockLine], kind: str, note: str) -> StockDocument:
    """Take damaged or lost units off the shelf, or add found ones. A note is required."""
    if kind not in ADJUSTMENT_KINDS:
        raise Invalid(_("Choose damage, loss or found."), field="kind")
    if not note.strip():
        raise Invalid(_("Say why, for those who read the history later."), field="note")
    _check(actor, lines, lowest=1)
    sign = 1 if kind == StockMovement.Kind.FOUND else -1
    moves = [(line.variant_id, Delta(on_hand=sign * line.quantity), kind) for line in lines]
    return _write(actor, StockDocument.Kind.ADJUSTMENT, moves, note=note)


def release_quarantine(
    *, actor: Actor, variant_id: int, quantity: int, to_stock: bool, note: str = ""
) -> StockDocument:
    """Decide about units in quarantine: back on the shelf, or written off."""
    lines = [StockLine(variant_id, quantity)]
    _check(actor, lines, lowest=1)
    with unit_of_work():
        level = lock_levels([variant_id]).get(variant_id)
        if level is None or level.quarantine < quantity:
            raise Invalid(
                _("Only %(available)s units are in quarantine."),
                field="quantity",
                available=level.quarantine if level else 0,
            )
        delta = Delta(on_hand=quantity if to_stock else 0, quarantine=-quantity)
        kind = StockMovement.Kind.FOUND if to_stock else StockMovement.Kind.LOSS
        return _write(actor, StockDocument.Kind.ADJUSTMENT, [(variant_id, delta, kind)], note=note)


def _check(actor: Actor, lines: Sequence[StockLine], *, lowest: int) -> None:
    actor.require(Perm.STOCK_EDIT)
    if not lines:
        raise Invalid(_("Choose at least one product."), field="lines", code="no_lines")
    if len({line.variant_id for line in lines}) < len(lines):
        raise Invalid(_("The same product stands twice. Put its quantities together."), field="lines")
    for line in lines:
        if not lowest <= line.quantity <= MAX_QUANTITY:
            raise Invalid(
                _("The quantity must be between %(lowest)s and %(highest)s."),
                field="quantity",
                lowest=lowest,
                highest=MAX_QUANTITY,
            )
    known = Variant.objects.filter(pk__in=[line.variant_id for line in lines], product__is_bundle=False).count()
    if known < len(lines):
        raise Invalid(_("Stock is kept for single products, not for bundles."), field="lines", code="not_stockable")


def _write(
    actor: Actor,
    kind: str,
    moves: Sequence[tuple[int, Delta, str]],
    *,
    note: str = "",
    supplier: str = "",
    reference: str = "",
) -> StockDocument:
    with unit_of_work():
        document = StockDocument.objects.create(
            kind=kind,
            supplier=supplier.strip(),
            reference=reference.strip(),
            note=note.strip(),
            made_by_id=actor.user_id,
            made_at=now(),
        )
        move_units(
            actor=actor,
            moves=[
                UnitMove(variant_id, delta, move_kind, document_id=document.pk, note=note)
                for variant_id, delta, move_kind in moves
            ],
        )
        record(
            actor=actor,
            name=f"stock.{kind}",
            subject="stock_document",
            subject_id=document.pk,
            changes={"lines": [[variant_id, delta.on_hand] for variant_id, delta, _kind in moves]},
            reason=note,
        )
    return document
