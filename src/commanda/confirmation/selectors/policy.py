"""What the administrator has set: hours, retries, outcomes, limits."""

from datetime import date, datetime, timedelta

from commanda.confirmation.models import (
    CallingWindow,
    CallPolicy,
    Holiday,
    Outcome,
    RetryStep,
    StoreHours,
)
from commanda.confirmation.retry import CallingHours, Step, within_hours
from commanda.kernel.clock import day_of
from commanda.kernel.errors import NotFound


def call_policy() -> CallPolicy:
    """The one policy; the defaults while there is none."""
    return CallPolicy.objects.first() or CallPolicy()


def calling_hours(policy: CallPolicy, store_id: int | None = None) -> CallingHours:
    """The hours of a store, or the policy's; two queries."""
    own = StoreHours.objects.filter(store_id=store_id).first() if store_id else None
    return as_hours(own or policy, days_off())


def as_hours(window: CallingWindow, holidays: frozenset[date] = frozenset()) -> CallingHours:
    """The stored hours as the value that can be reckoned with."""
    return CallingHours(
        window.opens_at,
        window.closes_at,
        window.friday_break_from,
        window.friday_break_until,
        window.break_from,
        window.break_until,
        frozenset(window.closed_weekdays),
        holidays,
    )


def days_off() -> frozenset[date]:
    """The holidays, as dates."""
    return frozenset(Holiday.objects.values_list("closed_on", flat=True))


def openings(policy: CallPolicy, at: datetime) -> tuple[datetime | None, dict[int, datetime | None]]:
    """When calls go on: for stores without hours of their own, and per store that has some; None where calls may be
    made `at`. No query, and nothing is held back, unless the policy holds orders outside calling hours.
    """
    if not policy.holds_outside_hours:
        return None, {}
    off = days_off()

    def opening(window: CallingWindow) -> datetime | None:
        found = within_hours(at, as_hours(window, off))
        return None if found == at else found

    return opening(policy), {own.store_id: opening(own) for own in StoreHours.objects.all()}


def store_hours() -> list[StoreHours]:
    """Stores with hours of their own."""
    return list(StoreHours.objects.select_related("store").order_by("store_id"))


def holidays(since: datetime) -> list[Holiday]:
    """The holidays from the day of an instant on."""
    return list(Holiday.objects.filter(closed_on__gte=day_of(since)))


def retry_steps() -> list[Step]:
    """The delays after the first, second … failed attempt."""
    return [Step(s.after_minutes, s.days_later, s.at_time) for s in RetryStep.objects.order_by("attempt")]


def outcomes() -> list[Outcome]:
    """The outcomes an agent may choose, in order: the first nine have the keys 1 to 9."""
    return list(Outcome.objects.filter(is_active=True).select_related("target_state"))


def every_outcome() -> list[Outcome]:
    """All outcomes, those that are switched off too, in order."""
    return list(Outcome.objects.select_related("target_state"))


def get_outcome(outcome_id: int) -> Outcome:
    """One outcome. Raises `NotFound`."""
    found = Outcome.objects.select_related("target_state").filter(pk=outcome_id).first()
    if found is None:
        raise NotFound
    return found


def silent_since(policy: CallPolicy, at: datetime) -> datetime:
    """Whoever was last seen before this instant is away."""
    return at - timedelta(minutes=policy.presence_minutes)
