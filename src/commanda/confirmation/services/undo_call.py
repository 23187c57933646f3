"""Undo the last outcome: a key pressed wrongly is no fact about the client."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.models import Event
from commanda.audit.services import record
from commanda.confirmation.models import Call, QueueEntry
from commanda.confirmation.selectors import call_policy
from commanda.confirmation.services.handover import by_rule, give
from commanda.confirmation.services.lease import take_lease
from commanda.confirmation.services.next_order import client_held
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Conflict, NotFound
from commanda.kernel.prepared import Param, prepared
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_order
from commanda.orders.models import Order
from commanda.orders.services.transition import take_back
from commanda.orders.workflow import current_graph

OFFERED = timedelta(seconds=10)
# The page offers it for ten seconds; the way of the request is not held against the agent.
ALLOWED = timedelta(seconds=15)
ENTRY: Final = ("due_at", "attempts", "is_callback", "is_pinned", "is_for_supervisor")


def as_it_is(order: Order, entry: QueueEntry | None, *, with_siblings: bool) -> dict[str, Any]:
    """What an outcome may change of a locked order and its client's queue, as JSON: kept with the call."""
    siblings = _siblings().all(phone=order.phone_e164, order=order.pk) if with_siblings else []
    return {
        "state": order.state_id,
        "reason": [order.reason_id, order.reason_text],
        "contacted_at": _text(order.contacted_at),
        "confirmed_at": _text(order.confirmed_at),
        "assignee": order.assignee_id,
        "entry": entry and {name: getattr(entry, name) for name in ENTRY} | {"due_at": _text(entry.due_at)},
        "siblings": {str(pk): _text(due_at) for pk, due_at in siblings},
    }


@prepared
def _siblings() -> QuerySet[QueueEntry, tuple[int, datetime]]:
    rows = QueueEntry.objects.filter(order__phone_e164=Param("phone")).exclude(order_id=Param("order"))
    return rows.values_list("order_id", "due_at")


def undo_call(*, actor: Actor, call_id: int) -> Order:
    """Take back what the actor's own call brought about and hold the order for him again; gives the order.

    Within fifteen seconds, and only while nobody has changed the order since. The order goes back to its state with
    its stock and stamps, its queue entry to what it was; what was edited on the phone stays. The call stays in the
    log, marked: it counts nowhere. Undoing it twice changes nothing. Locks the order, then the stock levels.

    Raises `NotFound` (not the actor's call) and `Conflict` (`too_late`, `changed_since`, `client_held`).
    """
    actor.require(Perm.CALLS_LOG)
    call = Call.objects.filter(pk=call_id, agent_id=actor.user_id).first()
    if call is None:
        raise NotFound
    with unit_of_work():
        # It may have left his hands by this very outcome.
        order = lock_order(by_rule(actor), call.order_id)
        call.refresh_from_db()
        if call.undone_at is not None:
            return order
        at = now()
        _check(call, order, at)
        before: dict[str, Any] = call.before or {}
        if not take_lease(actor, phone=order.phone_e164, order_id=order.pk, at=at, policy=call_policy()):
            raise client_held()
        if order.assignee_id != before["assignee"]:
            give(actor, {order.pk: before["assignee"]}, facts={order.pk: {"because": "undone"}})
        _give_back_state(actor, order, before)
        _give_back_queue(call, before)
        call.undone_at = at
        call.save(update_fields=["undone_at"])
        record(actor=actor, name="call.undone", subject="call", subject_id=call.pk, changes={"order": order.pk})
    order.refresh_from_db()
    return order


def _check(call: Call, order: Order, at: datetime) -> None:
    if call.before is None or at - call.called_at > ALLOWED:
        raise Conflict(
            _("It is too late to undo this. Open the order and change its state there."), code="undo_too_late"
        )
    logged = Event.objects.filter(subject="call", subject_id=call.pk, name="call.logged").values("pk")
    since = Event.objects.filter(subject="order", subject_id=order.pk, pk__gt=logged[:1])
    if since.exclude(name="order.commented").exists() or order.calls.filter(pk__gt=call.pk, undone_at=None).exists():
        raise Conflict(
            _("The order was changed meanwhile and can no longer be taken back. Open it and look at it again."),
            code="changed_since",
        )


def _give_back_state(actor: Actor, order: Order, before: dict[str, Any]) -> None:
    state = current_graph().states.get(before["state"])
    if state is None:
        raise Conflict(_("The state it was in is no longer used. Open the order and move it there."), code="no_state")
    reason_id, reason_text = before["reason"]
    take_back(
        actor=actor,
        order=order,
        to=state,
        facts={
            "reason_id": reason_id,
            "reason_text": reason_text,
            "contacted_at": before["contacted_at"],
            "confirmed_at": before["confirmed_at"],
            "updated_at": now(),
        },
    )


def _give_back_queue(call: Call, before: dict[str, Any]) -> None:
    if before["entry"] is None:
        QueueEntry.objects.filter(order_id=call.order_id).delete()
    else:
        QueueEntry.objects.update_or_create(order_id=call.order_id, defaults=before["entry"])
    if call.next_action_at is None:
        return
    for order_id, due_at in before["siblings"].items():
        # Only what this call postponed, and nobody has moved since.
        QueueEntry.objects.filter(order_id=order_id, due_at=call.next_action_at).update(due_at=due_at)


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
