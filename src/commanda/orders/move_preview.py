"""What each possible move of an order would do, without doing it: the same rules, asked beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commanda.kernel.actor import Actor
from commanda.kernel.errors import CommandaError
from commanda.orders.demand import Demand, demands_of
from commanda.orders.models import Order
from commanda.orders.services.transition import refusal
from commanda.orders.stages import QUEUED, Stage
from commanda.orders.statemachine import Move, StateNode
from commanda.orders.workflow import current_graph
from commanda.stock.buckets import Delta
from commanda.stock.errors import OutOfStock, Shortage
from commanda.stock.models import StockLevel
from commanda.stock.services.move_units import lacking


@dataclass(frozen=True, slots=True)
class UnitEffect:
    """What happens to one stocked variant: `units` pass by `delta`; `left` can still be promised afterwards."""

    variant_id: int
    label: str
    units: int
    delta: Delta
    left: int


@dataclass(frozen=True, slots=True)
class MovePreview:
    """One move: where to, what happens, and why it is impossible now (`error`), if it is."""

    target: StateNode
    move: Move
    source: Stage
    effects: tuple[UnitEffect, ...] = ()
    error: CommandaError | None = None

    @property
    def leaves_queue(self) -> bool:
        return self.source in QUEUED and self.target.stage not in QUEUED

    @property
    def enters_queue(self) -> bool:
        return self.source not in QUEUED and self.target.stage in QUEUED


def previews(actor: Actor, order: Order) -> list[MovePreview]:
    """The moves that the graph and the actor's rights allow, in the order of their states; three queries.

    A missing reason is no obstacle: it is asked for with the move.
    """
    graph = current_graph()
    source = graph.states[order.state_id].stage
    moves = [move for move in graph.moves_from(order.state_id) if actor.can(move.permission)]
    demands = demands_of([order.pk]) if moves else []
    levels = StockLevel.objects.select_related("variant__product").in_bulk({demand.variant_id for demand in demands})
    found = []
    for move in moves:
        target = graph.states[move.target]
        effects = unit_effects(demands, levels, source, target.stage)
        error = refusal(actor, graph, order, target, None, None, "?") or _shortage(effects, levels)
        found.append(MovePreview(target, move, source, effects, error))
    return found


def unit_effects(
    demands: Sequence[Demand], levels: Mapping[int, StockLevel], source: Stage, target: Stage
) -> tuple[UnitEffect, ...]:
    """How the variants' levels would change between two stages, one effect each. Pure.

    A variant whose level nobody has opened yet is left to the move itself.
    """
    if source is target:
        return ()
    changes: dict[int, Delta] = {}
    units: dict[int, int] = {}
    for demand in demands:
        changes[demand.variant_id] = changes.get(demand.variant_id, Delta()) + demand.passing(source, target)
        units[demand.variant_id] = units.get(demand.variant_id, 0) + demand.quantity * demand.per_unit
    return tuple(
        UnitEffect(
            pk,
            levels[pk].variant.label,
            units[pk],
            delta,
            levels[pk].available + delta.available,
        )
        for pk, delta in changes.items()
        if delta and pk in levels
    )


def _shortage(effects: Sequence[UnitEffect], levels: Mapping[int, StockLevel]) -> OutOfStock | None:
    lacks = ((effect, lacking(levels[effect.variant_id], effect.delta)) for effect in effects)
    short = [Shortage(effect.variant_id, effect.label, *lack) for effect, lack in lacks if lack]
    return OutOfStock(short) if short else None
