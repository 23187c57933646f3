"""Who the key belongs to, and the workflow it works with."""

from typing import cast

from django.http import HttpResponse
from ninja import Router

from commanda.accounts.selectors import get_user
from commanda.api.account.schemas import Me, MoveOut, OutcomeOut, ReasonOut, StateOut, WorkflowOut
from commanda.api.auth import ApiRequest
from commanda.api.replies import reply
from commanda.confirmation.models import Outcome
from commanda.confirmation.selectors import outcomes
from commanda.orders.selectors import reasons
from commanda.orders.workflow import current_graph

router = Router(tags=["account"])


@router.get("/me", response=Me, summary="Who am I")
def me(request: ApiRequest) -> HttpResponse:
    """The owner of the key and the rights it has now."""
    user = get_user(request.actor, cast(int, request.actor.user_id))
    return reply(
        Me(
            id=user.pk,
            name=user.name,
            email=user.email,
            role=user.role.slug,
            language=user.language,
            permissions=sorted(request.actor.permissions),
        )
    )


@router.get("/workflow", response=WorkflowOut, summary="States, moves and reasons")
def workflow(request: ApiRequest) -> HttpResponse:
    """The states of orders, the moves between them and the reasons to give."""
    graph = current_graph()
    slugs = {pk: state.slug for pk, state in graph.states.items()}
    return reply(
        WorkflowOut(
            version=graph.version,
            states=[
                StateOut(slug=s.slug, stage=s.stage.value, label=s.label, is_initial=s.is_initial)
                for s in sorted(graph.states.values(), key=lambda state: state.position)
            ],
            moves=[
                MoveOut(
                    source=slugs[move.source],
                    target=slugs[move.target],
                    needs_reason=move.needs_reason,
                    is_allowed=request.actor.can(move.permission),
                )
                for source in slugs
                for move in graph.moves_from(source)
            ],
            reasons=[ReasonOut(slug=row.slug, kind=row.kind, label=row.label) for row in reasons()],
            outcomes=[_outcome(row) for row in outcomes()],
        )
    )


def _outcome(row: Outcome) -> OutcomeOut:
    return OutcomeOut(
        slug=row.slug,
        label=row.label,
        is_answered=row.is_answered,
        follow_up=row.follow_up,
        needs_reason=row.needs_reason,
    )
