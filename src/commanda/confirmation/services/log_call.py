"""Log a contact with a client, and let its outcome do what it says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.locks import lock_siblings
from commanda.confirmation.models import Call, CallPolicy, Lease, Outcome, QueueEntry
from commanda.confirmation.retry import next_attempt_at
from commanda.confirmation.selectors import call_policy, calling_hours, live_leases, outcomes, retry_steps
from commanda.confirmation.services.complete import require_complete
from commanda.confirmation.services.handover import give
from commanda.confirmation.services.next_order import client_held, require_queued
from commanda.confirmation.services.undo_call import as_it_is
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Invalid
from commanda.kernel.prepared import Param, prepared
from commanda.kernel.transaction import unit_of_work
from commanda.orders.locks import lock_order
from commanda.orders.models import Order, Reason
from commanda.orders.services.contact import note_contact
from commanda.orders.services.transition import transition_order
from commanda.orders.stages import QUEUED, Stage

MAX_COMMENT = 1000
CALLBACK_WITHIN = timedelta(days=60)
FollowUp = Outcome.FollowUp


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a logged call brought about. `next_action_at` None: nothing more to do for this queue."""

    call_id: int
    order_id: int
    outcome: Outcome
    next_action_at: datetime | None = None
    is_exhausted: bool = False
    is_for_supervisor: bool = False


def log_call(
    *,
    actor: Actor,
    order_id: int,
    outcome: str,
    medium: str = Call.Medium.PHONE,
    comment: str = "",
    callback_at: datetime | None = None,
    reason: str = "",
    reason_text: str = "",
    force_reason: str = "",
) -> CallResult:
    """Log one contact with the outcome's slug and do its follow-up, all or nothing; ends the lease.

    Locks the order. The outcome moves the order to its state; an unanswered try is due again by the retry policy,
    in calling hours, or ends in the policy's last state after so many; `callback_at` (within 60 days) is when a
    client asked to be called; a hand-over takes the order from the agent and waits for a supervisor. A confirmation
    needs a delivered city and an address (`require_complete`; `force_reason` of who may force it).

    Raises `NotFound` (not the actor's order), `Conflict` (it no longer waits for a call, somebody else is on the
    phone with this client, illegal move), `Invalid` (`outcome`, `callback_at`, `reason`, `comment`, `city`,
    `address`, `phone_e164`) and `OutOfStock` by a confirmation; nothing is written then.
    """
    actor.require(Perm.CALLS_LOG)
    with unit_of_work():
        chosen, at, order = _outcome(outcome), now(), lock_order(actor, order_id)
        require_queued(order)
        _check(chosen, medium, comment.strip(), callback_at, at)
        _require_possible(actor, order, chosen, force_reason, at)
        entry = _entry_of().first(order=order.pk)
        before = as_it_is(order, entry, with_siblings=not chosen.is_answered)
        if order.contacted_at is None:
            note_contact(actor=actor, order_id=order.pk)
        next_at, is_exhausted = _follow_up(actor, order, entry, chosen, callback_at, at, reason, reason_text)
        call = _write_call(
            actor,
            Call(
                order_id=order.pk,
                agent_id=actor.user_id,
                medium=medium,
                outcome=chosen,
                is_answered=chosen.is_answered,
                comment=comment.strip(),
                next_action_at=next_at,
                called_at=at,
                before=before,
            ),
        )
        Lease.objects.filter(order_id=order.pk).delete()
    return CallResult(call.pk, order.pk, chosen, next_at, is_exhausted, chosen.follow_up == FollowUp.SUPERVISOR)


def _require_possible(actor: Actor, order: Order, outcome: Outcome, force_reason: str, at: datetime) -> None:
    """A confirmation needs all that a carrier needs; and nobody else may be on the phone with the client."""
    if outcome.target_state and outcome.target_state.stage == Stage.CONFIRMED:
        require_complete(actor, order, force_reason)
    if _others_on_the_phone().first(at=at, phone=order.phone_e164, me=actor.user_id):
        raise client_held()


@prepared
def _others_on_the_phone() -> QuerySet[Lease]:
    return live_leases(Param("at")).filter(phone_e164=Param("phone")).exclude(agent_id=Param("me"))


@prepared
def _entry_of() -> QuerySet[QueueEntry]:
    return QueueEntry.objects.filter(order_id=Param("order"))


def _write_call(actor: Actor, call: Call) -> Call:
    call.save()
    record(
        actor=actor,
        name="call.logged",
        subject="call",
        subject_id=call.pk,
        changes={"order": call.order_id, "outcome": call.outcome.slug, "medium": call.medium},
    )
    return call


def _outcome(slug: str) -> Outcome:
    found = next((outcome for outcome in outcomes() if outcome.slug == slug), None)
    if found is None:
        raise Invalid(_("Choose an outcome from the list."), field="outcome", code="unknown_outcome")
    return found


def _check(outcome: Outcome, medium: str, comment: str, callback_at: datetime | None, at: datetime) -> None:
    if medium not in Call.Medium.values:
        raise Invalid(_("Say whether it was a call or a message."), field="medium", code="unknown_medium")
    if len(comment) > MAX_COMMENT:
        raise Invalid(_("A comment has at most %(highest)s characters."), field="comment", highest=MAX_COMMENT)
    if outcome.follow_up == FollowUp.SUPERVISOR and not comment:
        raise Invalid(_("Write in the comment what the supervisor should do."), field="comment", code="comment_needed")
    if outcome.follow_up == FollowUp.CALLBACK:
        _check_callback(callback_at, at)


def _check_callback(callback_at: datetime | None, at: datetime) -> None:
    if callback_at is None:
        raise Invalid(_("Say when to call back."), field="callback_at", code="callback_needed")
    if not at < callback_at <= at + CALLBACK_WITHIN:
        raise Invalid(_("Choose a time in the future, within 60 days."), field="callback_at", code="bad_callback")


def _follow_up(
    actor: Actor,
    order: Order,
    entry: QueueEntry | None,
    outcome: Outcome,
    callback_at: datetime | None,
    at: datetime,
    reason: str,
    reason_text: str,
) -> tuple[datetime | None, bool]:
    """Move the order and its queue entry; returns when it is due again and whether the tries are used up."""
    target = outcome.target_state
    if target and target.stage not in QUEUED:
        _move(actor, order, target.slug, reason or _own_reason(outcome), reason_text, outcome)
        return None, False
    policy = call_policy()
    entry = entry or _entry_again(order, at)
    # A client who answered is no longer one who cannot be reached: the count starts anew.
    entry.attempts = 1 if outcome.is_answered else entry.attempts + 1
    is_retry = outcome.follow_up not in (FollowUp.CALLBACK, FollowUp.SUPERVISOR)
    is_last = is_retry and not outcome.is_answered and entry.attempts >= policy.max_attempts
    if is_last and (last := policy.exhausted_state) is not None:
        text = reason_text or gettext("No answer after %(number)s tries") % {"number": entry.attempts}
        _move(actor, order, last.slug, reason, text, outcome)
        QueueEntry.objects.filter(order_id=order.pk).delete()
        return None, True
    if target and (target.pk != order.state_id or outcome.needs_reason):
        _move(actor, order, target.slug, reason, reason_text, outcome)
    entry.is_callback = outcome.follow_up == FollowUp.CALLBACK
    entry.is_pinned = outcome.follow_up == FollowUp.SUPERVISOR
    entry.is_for_supervisor = entry.is_pinned or (entry.is_for_supervisor and order.assignee_id is None)
    entry.due_at = _due_at(outcome, entry, order.store_id, policy, callback_at, at)
    entry.save()
    if entry.is_pinned and order.assignee_id is not None:
        give(actor, {order.pk: None})
    if is_retry and not outcome.is_answered:
        _leave_client_alone(order, entry.due_at)
    return entry.due_at, False


def _move(actor: Actor, order: Order, to: str, reason: str, text: str, outcome: Outcome) -> None:
    if outcome.needs_reason and not reason and not text.strip():
        raise Invalid(_("Say why."), field="reason", code="reason_needed")
    transition_order(actor=actor, order_id=order.pk, to=to, reason=reason, reason_text=text)


def _own_reason(outcome: Outcome) -> str:
    """ "Out of stock" says why by itself: the reason of the same name."""
    same = Reason.objects.filter(slug=outcome.slug, kind=Reason.Kind.CANCEL, is_active=True)
    return outcome.slug if outcome.needs_reason and same.exists() else ""


def _entry_again(order: Order, at: datetime) -> QueueEntry:
    """The entry of an order that had left the queue as unreachable and is called all the same."""
    return QueueEntry(
        order_id=order.pk, due_at=at, attempts=order.calls.filter(is_answered=False, undone_at=None).count()
    )


def _due_at(
    outcome: Outcome, entry: QueueEntry, store_id: int, policy: CallPolicy, callback_at: datetime | None, at: datetime
) -> datetime:
    if outcome.follow_up == FollowUp.SUPERVISOR:
        return at
    if outcome.follow_up == FollowUp.CALLBACK and callback_at:
        return callback_at
    return next_attempt_at(
        attempt=entry.attempts,
        at=at,
        steps=retry_steps(),
        hours=calling_hours(policy, store_id),
        minutes=outcome.retry_minutes,
    )


def _leave_client_alone(order: Order, until: datetime) -> None:
    """Who just did not answer is not rung again at once for another order of his."""
    siblings = lock_siblings(order.phone_e164, order.pk, until)
    QueueEntry.objects.filter(order_id__in=siblings).update(due_at=until)
