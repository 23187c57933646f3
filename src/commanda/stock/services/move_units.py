"""The one way in which a level changes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from commanda.catalog.models import Variant
from commanda.kernel.actor import Actor
from commanda.kernel.bulk import insert_rows
from commanda.kernel.clock import now
from commanda.kernel.prepared import planned_cursor
from commanda.stock.buckets import Delta
from commanda.stock.errors import OutOfStock, Shortage
from commanda.stock.locks import lock_levels
from commanda.stock.models import StockLevel, StockMovement


@dataclass(frozen=True, slots=True)
class UnitMove:
    """A change of one variant's level and why."""

    variant_id: int
    delta: Delta
    kind: str
    order_id: int | None = None
    document_id: int | None = None
    note: str = ""


APPLY = """
UPDATE stock_stocklevel AS level
SET on_hand = level.on_hand + change.on_hand,
    reserved = level.reserved + change.reserved,
    in_transit = level.in_transit + change.in_transit,
    quarantine = level.quarantine + change.quarantine
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[])
    AS change (variant_id, on_hand, reserved, in_transit, quarantine)
WHERE level.variant_id = change.variant_id AND level.variant_id = ANY(%s)
"""


_MOVEMENT: Final = (
    "variant_id", "kind", "order_id", "document_id", "note", "made_by_id", "made_at",
    "on_hand_qty", "reserved_qty", "in_transit_qty", "quarantine_qty",
)  # fmt: skip


def move_units(*, actor: Actor, moves: Sequence[UnitMove]) -> None:
    """Apply the moves to their levels and write one movement for each, in the caller's transaction.

    Locks the levels in id order until the transaction ends. Raises `OutOfStock` when a move would promise
    units that are not there, or take off the shelf more than stands on it; nothing is changed then.
    Giving units back never fails.
    """
    moves = [move for move in moves if move.delta]
    if not moves:
        return
    totals: dict[int, Delta] = defaultdict(Delta)
    for move in moves:
        totals[move.variant_id] += move.delta
    levels = _locked_levels(sorted(totals))
    _refuse_shortages(levels, totals)
    _apply(totals)
    _write_movements(actor, moves)


def _locked_levels(variant_ids: list[int]) -> dict[int, StockLevel]:
    levels = lock_levels(variant_ids)
    missing = [pk for pk in variant_ids if pk not in levels]
    if missing:
        flags = dict(Variant.objects.filter(pk__in=missing).values_list("pk", "product__allows_backorder"))
        StockLevel.objects.bulk_create(
            [StockLevel(variant_id=pk, allows_backorder=flags[pk]) for pk in missing], ignore_conflicts=True
        )
        levels = lock_levels(variant_ids)
    return levels


def lacking(level: StockLevel, delta: Delta) -> tuple[int, int] | None:
    """(wanted, there) when the level does not allow the change, else None. Pure: `move_units` refuses by it."""
    if delta.available < 0 and not level.allows_backorder and level.available + delta.available < 0:
        return -delta.available, level.available
    shelf_change = delta.on_hand - delta.in_transit
    if shelf_change < 0 and level.shelf + shelf_change < 0:
        return -shelf_change, level.shelf
    return None


def _refuse_shortages(levels: dict[int, StockLevel], totals: dict[int, Delta]) -> None:
    short = {pk: lack for pk, delta in totals.items() if (lack := lacking(levels[pk], delta))}
    if short:
        labels = {v.pk: v.label for v in Variant.objects.select_related("product").filter(pk__in=list(short))}
        raise OutOfStock([Shortage(pk, labels[pk], wanted, there) for pk, (wanted, there) in short.items()])


def _apply(totals: dict[int, Delta]) -> None:
    rows = sorted(totals.items())
    ids = [pk for pk, _ in rows]
    columns = [
        ids,
        [delta.on_hand for _, delta in rows],
        [delta.reserved for _, delta in rows],
        [delta.in_transit for _, delta in rows],
        [delta.quarantine for _, delta in rows],
    ]
    with planned_cursor() as cursor:
        cursor.execute(APPLY, [*columns, ids])


def _write_movements(actor: Actor, moves: Sequence[UnitMove]) -> None:
    at = now()
    rows = [
        (
            *(move.variant_id, move.kind, move.order_id, move.document_id, move.note, actor.user_id, at),
            *(move.delta.on_hand, move.delta.reserved, move.delta.in_transit, move.delta.quarantine),
        )
        for move in moves
    ]
    insert_rows(StockMovement, _MOVEMENT, rows)
