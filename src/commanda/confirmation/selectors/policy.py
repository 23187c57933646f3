"""What the administrator has set: hours, retries, outcomes, limits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from commanda.confirmation.models import (
    AssignmentRule,
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
from commanda.kernel.prepared import Param, prepared


@prepared
def _policies() -> QuerySet[CallPolicy]:
    return CallPolicy.objects.order_by("pk")[:1]


def call_policy() -> CallPolicy:
    """The one policy; the defaults while there is none."""
    return _policies().first() or CallPolicy()


@prepared
def _active_rules() -> QuerySet[AssignmentRule]:
    return AssignmentRule.objects.filter(is_active=True)


def rules_in_force(policy: CallPolicy) -> list[AssignmentRule]:
    """The rules by which orders are given now; none while they are given by hand."""
    return [] if policy.assignment_method == CallPolicy.Method.MANUAL else _active_rules().all()


def calling_hours(policy: CallPolicy, store_id: int | None = None) -> CallingHours:
    """The hours of a store, or the policy's; two queries."""
    own = _hours_of().first(store=store_id) if store_id else None
    return as_hours(own or policy, days_off())


@prepared
def _hours_of() -> QuerySet[StoreHours]:
    return StoreHours.objects.filter(store_id=Param("store"))


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
    return frozenset(_holidays().all())


@prepared
def _holidays() -> QuerySet[Holiday, date]:
    return Holiday.objects.order_by().values_list("closed_on", flat=True)


@dataclass(frozen=True, slots=True)
class Openings:
    """When calls go on: for stores without hours of their own, and for each store that has some.

    None where calls may be made; otherwise instants, or their places in a prepared query.
    """

    default: datetime | Param | None = None
    by_store: tuple[tuple[int, datetime | Param | None], ...] = ()

    @property
    def are_now(self) -> bool:
        """Every store may be called."""
        return self.default is None and not any(opening for _store_id, opening in self.by_store)

    def places(self) -> "Openings":
        """The same with places for its instants."""
        return Openings(
            self.default and Param("opening"),
            tuple((store_id, opening and Param(f"opening_{store_id}")) for store_id, opening in self.by_store),
        )

    def values(self) -> dict[str, datetime | Param]:
        """What stands in those places."""
        named = [("opening", self.default), *((f"opening_{store_id}", opening) for store_id, opening in self.by_store)]
        return {name: opening for name, opening in named if opening}


def openings(policy: CallPolicy, at: datetime) -> Openings:
    """When calls go on, as of `at`. No query, and now, unless the policy holds orders outside calling hours."""
    if not policy.holds_outside_hours:
        return Openings()
    off = days_off()

    def opening(window: CallingWindow) -> datetime | None:
        found = within_hours(at, as_hours(window, off))
        return None if found == at else found

    return Openings(opening(policy), tuple((own.store_id, opening(own)) for own in StoreHours.objects.order_by("pk")))


def store_hours() -> list[StoreHours]:
    """Stores with hours of their own."""
    return list(StoreHours.objects.select_related("store").order_by("store_id"))


def holidays(since: datetime) -> list[Holiday]:
    """The holidays from the day of an instant on."""
    return list(Holiday.objects.filter(closed_on__gte=day_of(since)))


def retry_steps() -> list[Step]:
    """The delays after the first, second … failed attempt."""
    return [Step(s.after_minutes, s.days_later, s.at_time) for s in _steps().all()]


@prepared
def _steps() -> QuerySet[RetryStep]:
    return RetryStep.objects.order_by("attempt")


def outcomes() -> list[Outcome]:
    """The outcomes an agent may choose, in order: the first nine have the keys 1 to 9."""
    return _outcomes().all()


@prepared
def _outcomes() -> QuerySet[Outcome]:
    return Outcome.objects.filter(is_active=True).select_related("target_state")


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
