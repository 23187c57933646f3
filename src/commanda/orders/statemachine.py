"""The workflow as a value: no database, so that it can be validated and tested on its own."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from commanda.kernel.errors import Invalid
from commanda.orders.stages import ENDS, Stage


@dataclass(frozen=True, slots=True)
class StateNode:
    """A state as the graph knows it."""

    pk: int
    slug: str
    stage: Stage
    is_initial: bool
    position: int
    color: str
    labels: tuple[str, str, str]  # fr, ar, en

    @property
    def label(self) -> str:
        """The name in the active language, in French where it has none."""
        fr, ar, en = self.labels
        return {"ar": ar, "en": en}.get((get_language() or "fr")[:2], fr) or fr


@dataclass(frozen=True, slots=True)
class Move:
    """An allowed transition."""

    source: int
    target: int
    permission: str
    needs_reason: bool


class Graph:
    """States and moves of one workflow at one version."""

    def __init__(self, workflow_id: int, version: int, states: Iterable[StateNode], moves: Iterable[Move]):
        self.workflow_id = workflow_id
        self.version = version
        self.states = {state.pk: state for state in states}
        self.by_slug = {state.slug: state for state in self.states.values()}
        self.moves = {(move.source, move.target): move for move in moves}

    @property
    def initial(self) -> StateNode:
        return next(state for state in self.states.values() if state.is_initial)

    def move(self, source: int, target: int) -> Move | None:
        return self.moves.get((source, target))

    def moves_from(self, source: int) -> list[Move]:
        """Allowed moves out of a state, in the order of the target states."""
        found = [move for move in self.moves.values() if move.source == source]
        return sorted(found, key=lambda move: self.states[move.target].position)

    def first_of(self, stage: Stage) -> StateNode:
        """The first state of a stage."""
        return min((s for s in self.states.values() if s.stage is stage), key=lambda s: s.position)


def validate(graph: Graph) -> None:
    """Raise `Invalid` unless there is one first state, all are reachable from it, and none but ends is a dead end."""
    initial = [state for state in graph.states.values() if state.is_initial]
    if len(initial) != 1:
        raise Invalid(_("Choose exactly one first state."), field="states", code="workflow_initial")
    reached = {initial[0].pk}
    frontier = [initial[0].pk]
    while frontier:
        source = frontier.pop()
        for move in graph.moves_from(source):
            if move.target not in reached:
                reached.add(move.target)
                frontier.append(move.target)
    for state in graph.states.values():
        if state.pk not in reached and state.stage is not Stage.DRAFT:
            raise Invalid(
                _("No path leads to the state %(state)s."),
                field="states",
                code="workflow_unreachable",
                state=state.slug,
            )
        if state.stage not in ENDS and not graph.moves_from(state.pk):
            raise Invalid(
                _("Nothing leads out of the state %(state)s."),
                field="states",
                code="workflow_dead_end",
                state=state.slug,
            )
