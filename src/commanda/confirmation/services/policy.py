"""Change when clients are called, how often they are tried, and the limits of the queue."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.audit.services import record
from commanda.confirmation.models import HOURS, CallPolicy, Holiday, RetryStep, StoreHours
from commanda.confirmation.retry import Step
from commanda.confirmation.selectors import retry_steps
from commanda.kernel.actor import Actor
from commanda.kernel.errors import Invalid
from commanda.kernel.transaction import unit_of_work
from commanda.orders.models import State, Store
from commanda.orders.stages import Stage

LIMITS = (
    "assignment_method",
    "capacity",
    "holds_outside_hours",
    "lease_minutes",
    "presence_minutes",
    "absent_minutes",
    "stale_hours",
    "min_address_words",
    "min_address_letters",
)
LONGEST_MINUTES = 7 * 24 * 60
MOST_STEPS, MOST_DAYS = 20, 30
# An order nobody can be found for ends here, not in a stage that moves stock.
ENDS = (Stage.CONFIRMING, Stage.CANCELLED)


def save_limits(*, actor: Actor, fields: Mapping[str, Any]) -> CallPolicy:
    """Change the limits of the queue (`LIMITS`), checked by the model's validators. Audited when anything changed."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        policy = CallPolicy.objects.get()
        changes = _set(policy, fields, LIMITS)
        if policy.presence_minutes > policy.lease_minutes:
            raise Invalid(
                _("Silence must end before the lease does: at most %(minutes)s minutes."),
                field="presence_minutes",
                minutes=policy.lease_minutes,
            )
        _write(actor, policy, changes)
    return policy


def save_hours(*, actor: Actor, fields: Mapping[str, Any], store_id: int | None = None) -> None:
    """Set the calling hours of a store, or those of all stores without hours of their own.

    Raises `Invalid` when calls or a break would end before they begin, or no weekday is left.
    """
    actor.require(Perm.SETTINGS_MANAGE)
    _check_hours(fields)
    with unit_of_work():
        if store_id is None:
            policy = CallPolicy.objects.get()
            _write(actor, policy, _set(policy, fields, HOURS))
            return
        if not Store.objects.filter(pk=store_id).exists():
            raise Invalid(_("Choose a store."), field="store", code="unknown_store")
        own = StoreHours.objects.filter(pk=store_id).first()
        hours = own or StoreHours(store_id=store_id)
        changes = _set(hours, fields, HOURS)
        if own is None or changes:
            hours.save()
            record(actor=actor, name="settings.hours", subject="store", subject_id=store_id, changes=changes)


def remove_hours(*, actor: Actor, store_id: int) -> None:
    """Let a store call in the hours of all others again."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        removed, _kinds = StoreHours.objects.filter(pk=store_id).delete()
        if removed:
            record(actor=actor, name="settings.hours", subject="store", subject_id=store_id, changes={"own": [1, 0]})


def add_holiday(*, actor: Actor, closed_on: date, name: str) -> None:
    """Nobody calls on this day. Raises `Invalid` when it is one already."""
    actor.require(Perm.SETTINGS_MANAGE)
    if not name.strip():
        raise Invalid(_("Give the day a name."), field="name")
    if Holiday.objects.filter(closed_on=closed_on).exists():
        raise Invalid(_("This day is a holiday already."), field="closed_on", code="holiday_known")
    with unit_of_work():
        day = Holiday.objects.create(closed_on=closed_on, name=name.strip())
        changes = {"closed_on": [None, str(closed_on)], "name": [None, day.name]}
        record(actor=actor, name="settings.holiday", subject="holiday", subject_id=day.pk, changes=changes)


def remove_holiday(*, actor: Actor, holiday_id: int) -> None:
    """Call on this day like on any other."""
    actor.require(Perm.SETTINGS_MANAGE)
    with unit_of_work():
        day = Holiday.objects.filter(pk=holiday_id).first()
        if day is not None:
            changes = {"closed_on": [str(day.closed_on), None], "name": [day.name, None]}
            record(actor=actor, name="settings.holiday", subject="holiday", subject_id=day.pk, changes=changes)
            day.delete()


def save_retries(*, actor: Actor, steps: Sequence[Step], max_attempts: int, exhausted_state_id: int) -> None:
    """Set the delays after the first, second … try, and when to give up. Waiting orders keep their times: `replan`.

    Raises `Invalid` (`steps`, `max_attempts`, `exhausted_state`).
    """
    actor.require(Perm.SETTINGS_MANAGE)
    _check_steps(steps)
    if not 1 <= max_attempts <= 50:
        raise Invalid(_("Between 1 and 50 tries."), field="max_attempts")
    state = State.objects.filter(pk=exhausted_state_id, is_active=True, stage__in=ENDS).first()
    if state is None:
        raise Invalid(
            _("Choose a state to be confirmed or cancelled: the order leaves the queue in it."),
            field="exhausted_state",
            code="unknown_state",
        )
    with unit_of_work():
        policy = CallPolicy.objects.get()
        changes: dict[str, Any] = dict(_set(policy, {"max_attempts": max_attempts}, ("max_attempts",)))
        if policy.exhausted_state_id != state.pk:
            changes["exhausted_state"] = [policy.exhausted_state_id, state.pk]
            policy.exhausted_state = state
        before = retry_steps()
        if list(steps) != before:
            RetryStep.objects.all().delete()
            RetryStep.objects.bulk_create(
                RetryStep(attempt=place, after_minutes=s.after_minutes, days_later=s.days_later, at_time=s.at_time)
                for place, s in enumerate(steps, 1)
            )
        _write(actor, policy, changes, also={"steps": [_said(before), _said(steps)]} if list(steps) != before else {})


def _check_hours(fields: Mapping[str, Any]) -> None:
    if fields["opens_at"] >= fields["closes_at"]:
        raise Invalid(_("Calls must end after they begin."), field="closes_at")
    if fields["friday_break_from"] > fields["friday_break_until"]:
        raise Invalid(_("The break must end after it begins."), field="friday_break_until")
    start, end = fields.get("break_from"), fields.get("break_until")
    if (start is None) != (end is None):
        raise Invalid(_("Say when the break begins and ends, or leave both empty."), field="break_until")
    if start is not None and end is not None and start >= end:
        raise Invalid(_("The break must end after it begins."), field="break_until")
    if start is not None and end is not None and start <= fields["opens_at"] and end >= fields["closes_at"]:
        raise Invalid(_("The break leaves no time to call."), field="break_until")
    if len(set(fields.get("closed_weekdays") or ())) >= 7:
        raise Invalid(_("Leave at least one day for calls."), field="closed_weekdays")


def _check_steps(steps: Sequence[Step]) -> None:
    if not 1 <= len(steps) <= MOST_STEPS:
        raise Invalid(_("Between 1 and %(most)s steps, please."), field="steps", most=MOST_STEPS)
    for place, step in enumerate(steps, 1):
        by_minutes = step.after_minutes is not None and 1 <= step.after_minutes <= LONGEST_MINUTES
        by_day = step.at_time is not None and step.days_later is not None and step.days_later <= MOST_DAYS
        if by_minutes == by_day or (step.after_minutes is not None and not by_minutes):
            raise Invalid(
                _("Step %(place)s: give minutes (up to a week), or days (up to 30) and an hour."),
                field="steps",
                code="bad_step",
                place=place,
            )


def _said(steps: Sequence[Step]) -> list[str]:
    return [
        f"{step.after_minutes} min" if step.after_minutes is not None else f"{step.days_later} d {step.at_time:%H:%M}"
        for step in steps
    ]


def _set(row: models.Model, fields: Mapping[str, Any], names: Sequence[str]) -> dict[str, list[str]]:
    """Put the named fields on the row; returns what changed, as audit rows tell it."""
    changes: dict[str, list[str]] = {}
    for name in names:
        if name in fields and getattr(row, name) != fields[name]:
            changes[name] = [str(getattr(row, name)), str(fields[name])]
            setattr(row, name, fields[name])
    return changes


def _write(actor: Actor, policy: CallPolicy, changes: dict[str, Any], also: Mapping[str, Any] | None = None) -> None:
    told = {**changes, **(also or {})}
    if not told:
        return
    policy.save(update_fields=list(changes))
    record(actor=actor, name="settings.calls", subject="call_policy", subject_id=policy.pk, changes=told)
