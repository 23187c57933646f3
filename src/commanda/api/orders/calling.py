"""Calls of an order: the log, and a new entry with what follows from it."""

from django.http import HttpResponse

from commanda.accounts.permissions import Perm
from commanda.api.auth import ApiRequest
from commanda.api.idempotency import once
from commanda.api.orders.answers import CallLogged, CallOut, call_out
from commanda.api.orders.resolving import pk_of
from commanda.api.orders.router import router
from commanda.api.orders.schemas import CallIn
from commanda.api.replies import ListOf, reply
from commanda.confirmation.selectors import calls_of
from commanda.confirmation.services.log_call import log_call
from commanda.orders.models import Order


@router.get("/orders/{reference}/calls", response=ListOf[CallOut], summary="Calls of an order")
def list_calls(request: ApiRequest, reference: str) -> HttpResponse:
    """Contacts with the client, newest first, without those whose outcome was undone at once."""
    request.actor.require(Perm.CALLS_VIEW)
    pk, _reference = pk_of(request.actor, reference)
    return reply(ListOf[CallOut](items=[call_out(row) for row in calls_of(request.actor, pk).filter(undone_at=None)]))


@router.post("/orders/{reference}/calls", response={201: CallLogged}, summary="Log a call")
@once(status=201)
def add_call(request: ApiRequest, reference: str, payload: CallIn) -> CallLogged:
    """The outcome moves the order, plans the next try or the call-back, and ends the lease on the client."""
    request.actor.require(Perm.CALLS_LOG)
    pk, _reference = pk_of(request.actor, reference)
    result = log_call(
        actor=request.actor,
        order_id=pk,
        outcome=payload.outcome,
        medium=payload.medium,
        comment=payload.comment,
        callback_at=payload.callback_at,
        reason=payload.reason,
        reason_text=payload.reason_text,
    )
    # A hand-over to a supervisor may have taken the order from the caller: then its state is none of theirs.
    state = Order.objects.visible_to(request.actor).filter(pk=pk).values_list("state__slug", flat=True).first()
    return CallLogged(
        id=result.call_id,
        state=state or "",
        next_action_at=result.next_action_at,
        is_exhausted=result.is_exhausted,
        is_for_supervisor=result.is_for_supervisor,
    )
