"""The workflow in force, read once per version."""

from functools import lru_cache

from django.db.models import QuerySet

from commanda.kernel.prepared import prepared
from commanda.orders.models import State, Transition, Workflow
from commanda.orders.stages import Stage
from commanda.orders.statemachine import Graph, Move, StateNode


def current_graph() -> Graph:
    """The default workflow's graph. One small query asks for its version; the rest is cached per version."""
    ((workflow_id, version),) = _default_workflow().all()
    return _graph(workflow_id, version)


@prepared
def _default_workflow() -> QuerySet[Workflow, tuple[int, int]]:
    return Workflow.objects.filter(is_default=True).values_list("pk", "version")


@lru_cache(maxsize=8)
def _graph(workflow_id: int, version: int) -> Graph:
    return load_graph(workflow_id, version)


def load_graph(workflow_id: int, version: int) -> Graph:
    """Read a workflow from the database, uncached."""
    states = [
        StateNode(
            pk=state.pk,
            slug=state.slug,
            stage=Stage(state.stage),
            is_initial=state.is_initial,
            position=state.position,
            color=state.color,
            labels=(state.label_fr, state.label_ar, state.label_en),
        )
        for state in State.objects.filter(workflow_id=workflow_id, is_active=True)
    ]
    moves = [
        Move(move.source_id, move.target_id, move.permission, move.needs_reason)
        for move in Transition.objects.filter(workflow_id=workflow_id)
    ]
    return Graph(workflow_id, version, states, moves)
