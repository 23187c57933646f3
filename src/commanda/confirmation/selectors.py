"""Reading the call queue: one ranking behind counts, lists and "next"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, IntegerField, Min, Prefetch, Q, QuerySet, Value, When

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.confirmation.models import Call, CallPolicy, Lease, Outcome, Presence, QueueEntry, RetryStep
from commanda.confirmation.retry import CallingHours, Step
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_start, now, today
from commanda.kernel.errors import NotFound
from commanda.orders.models import Order, OrderLine
from commanda.orders.stages import Stage

PINNED, CALLBACK, NEW, RETRY, LATER = range(5)


def call_policy() -> CallPolicy:
    """The one policy; the defaults while there is none."""
    return CallPolicy.objects.first() or CallPolicy()


def calling_hours(policy: CallPolicy) -> CallingHours:
    return CallingHours(policy.opens_at, policy.closes_at, policy.friday_break_from, policy.friday_break_until)


def retry_steps() -> list[Step]:
    """The delays after the first, second … failed attempt."""
    return [Step(s.after_minutes, s.days_later, s.at_time) for s in RetryStep.objects.order_by("attempt")]


def outcomes() -> list[Outcome]:
    """The outcomes an agent may choose, in order: the first nine have the keys 1 to 9."""
    return list(Outcome.objects.filter(is_active=True).select_related("target_state"))


def ranked(entries: QuerySet[QueueEntry], at: datetime) -> QuerySet[QueueEntry]:
    """Annotate `rank` as of `at` and put the best first.

    The order of the queue: pinned, callback due, new (freshest first: speed to lead), retry due; what is not
    due yet comes last, soonest first.
    """
    rank = Case(
        When(due_at__gt=at, then=Value(LATER)),
        When(is_pinned=True, then=Value(PINNED)),
        When(is_callback=True, then=Value(CALLBACK)),
        When(attempts=0, then=Value(NEW)),
        default=Value(RETRY),
        output_field=IntegerField(),
    )
    fresh_at = Case(When(rank=NEW, then=F("order__created_at")), output_field=DateTimeField())
    return entries.annotate(rank=rank, fresh_at=fresh_at).order_by(
        "rank", F("fresh_at").desc(nulls_last=True), "due_at", "order_id"
    )


def takes_from_pool(actor: Actor, policy: CallPolicy) -> bool:
    """Whether unassigned orders may go to the actor by themselves: plain agents, unless orders are given by hand."""
    return (
        actor.can(Perm.CALLS_LOG)
        and not actor.can(Perm.ORDERS_VIEW_ALL)
        and policy.assignment_method != CallPolicy.Method.MANUAL
    )


def workable(actor: Actor, *, with_pool: bool) -> QuerySet[QueueEntry]:
    """Entries for the actor to work: those assigned to him, own ones that nobody was given, with the pool of
    unassigned ones if asked; for those who see all orders also what was handed to supervisors.
    """
    mine = Q(order__assignee_id=actor.user_id)
    unassigned = Q(order__assignee=None)
    if actor.can(Perm.ORDERS_VIEW_ALL):
        mine |= unassigned & Q(is_for_supervisor=True)
    else:
        free = unassigned & Q(is_for_supervisor=False)
        mine |= free if with_pool else free & Q(order__created_by_id=actor.user_id)
    return QueueEntry.objects.filter(mine)


def visible_entries(actor: Actor) -> QuerySet[QueueEntry]:
    """Entries of the orders the actor may see."""
    return QueueEntry.objects.filter(order__in=Order.objects.visible_to(actor))


def queue_list(actor: Actor) -> QuerySet[QueueEntry]:
    """The actor's own queue in its order, with what a row shows."""
    return ranked(workable(actor, with_pool=False), now()).select_related("order__state", "order__city")


def callbacks_due(actor: Actor) -> QuerySet[QueueEntry]:
    """Promised calls whose time has come, of all orders the actor may see, the most overdue first."""
    return (
        visible_entries(actor)
        .filter(is_callback=True, due_at__lte=now())
        .select_related("order__state", "order__assignee")
        .order_by("due_at")
    )


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many entries stand where. `due` is the sum of the four ranks that may be called now."""

    pinned: int = 0
    callbacks: int = 0
    new: int = 0
    retries: int = 0
    later: int = 0
    unassigned: int = 0
    next_due_at: datetime | None = None
    next_callback_at: datetime | None = None

    @property
    def due(self) -> int:
        return self.pinned + self.callbacks + self.new + self.retries


def queue_counts(actor: Actor, *, only_own: bool = False) -> QueueCounts:
    """Counts over the whole queue for those who see all orders, over one's own work (pool included) for others.

    One query. `only_own` gives a supervisor the counts of what he would be given to call.
    """
    at = now()
    if actor.can(Perm.ORDERS_VIEW_ALL) and not only_own:
        entries = visible_entries(actor)
    else:
        entries = workable(actor, with_pool=takes_from_pool(actor, call_policy()))
    later = Q(rank=LATER)
    sums = (
        ranked(entries, at)
        .order_by()
        .aggregate(
            pinned=Count("pk", filter=Q(rank=PINNED)),
            callbacks=Count("pk", filter=Q(rank=CALLBACK)),
            new=Count("pk", filter=Q(rank=NEW)),
            retries=Count("pk", filter=Q(rank=RETRY)),
            later=Count("pk", filter=later),
            unassigned=Count("pk", filter=Q(order__assignee=None)),
            next_due_at=Min("due_at", filter=later),
            next_callback_at=Min("due_at", filter=later & Q(is_callback=True)),
        )
    )
    return QueueCounts(**sums)


def calls_of(actor: Actor, order_id: int) -> QuerySet[Call]:
    """The call log of an order, newest first."""
    return Call.objects.visible_to(actor).filter(order_id=order_id).select_related("agent", "outcome").order_by("-id")


def silent_since(policy: CallPolicy, at: datetime) -> datetime:
    """Whoever was last seen before this instant is away."""
    return at - timedelta(minutes=policy.presence_minutes)


def present(at: datetime | None = None) -> QuerySet[Presence]:
    """The presences of those who take orders at this instant."""
    at = at or now()
    return Presence.objects.filter(
        status=Presence.Status.ONLINE, seen_at__gte=silent_since(call_policy(), at), user__is_active=True
    )


def presence_of(user_id: int) -> str:
    """`online`, `break` or `offline` now, silence counted as away."""
    row = Presence.objects.filter(user_id=user_id).first()
    return _status(row, silent_since(call_policy(), now()))


def chosen_status(user_id: int) -> str:
    """What the person chose last, however long ago; `online` before the first choice."""
    row = Presence.objects.filter(user_id=user_id).values_list("status", flat=True).first()
    return row or Presence.Status.ONLINE


def _status(row: Presence | None, silent: datetime) -> str:
    if row is None or row.seen_at < silent:
        return Presence.Status.OFFLINE
    return row.status


def live_leases(at: datetime) -> QuerySet[Lease]:
    """Leases in force."""
    return Lease.objects.filter(until__gt=at)


def own_lease(actor: Actor) -> Lease | None:
    """The client the actor holds now."""
    return live_leases(now()).filter(agent_id=actor.user_id).select_related("order").first()


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent on the supervisor's board. Counts are orders, `calls` are calls."""

    agent: User
    status: str
    seen_at: datetime | None
    open: int
    due: int
    calls: int
    answered: int
    confirmed: int


def agent_board(actor: Actor) -> list[AgentRow]:
    """Every agent with presence, open and due orders, and today's calls and confirmations; four queries.

    Present ones first. Takes the right to see the team or to assign; an agent sees his own row.
    """
    at = now()
    team = list(agents().order_by("name"))
    if not (actor.can(Perm.INSIGHTS_TEAM) or actor.can(Perm.ORDERS_ASSIGN)):
        team = [agent for agent in team if agent.pk == actor.user_id]
    ids = [agent.pk for agent in team]
    silent = silent_since(call_policy(), at)
    presences = Presence.objects.in_bulk(ids)
    queues = _by(
        QueueEntry.objects.filter(order__assignee_id__in=ids).values("order__assignee_id"),
        "order__assignee_id",
        open=Count("pk"),
        due=Count("pk", filter=Q(due_at__lte=at)),
    )
    days = _by(
        Call.objects.filter(agent_id__in=ids, called_at__gte=day_start(today())).order_by().values("agent_id"),
        "agent_id",
        calls=Count("pk"),
        answered=Count("pk", filter=Q(is_answered=True)),
        confirmed=Count("order_id", distinct=True, filter=Q(outcome__target_state__stage=Stage.CONFIRMED)),
    )
    rows = [
        AgentRow(
            agent=agent,
            status=_status(presences.get(agent.pk), silent),
            seen_at=presences[agent.pk].seen_at if agent.pk in presences else None,
            open=queues.get(agent.pk, {}).get("open", 0),
            due=queues.get(agent.pk, {}).get("due", 0),
            calls=days.get(agent.pk, {}).get("calls", 0),
            answered=days.get(agent.pk, {}).get("answered", 0),
            confirmed=days.get(agent.pk, {}).get("confirmed", 0),
        )
        for agent in team
    ]
    places: Sequence[str] = (Presence.Status.ONLINE, Presence.Status.BREAK, Presence.Status.OFFLINE)
    return sorted(rows, key=lambda row: places.index(row.status))


def _by(rows: QuerySet[Any, Any], key: str, **counts: Count) -> dict[int, dict[str, int]]:
    return {row[key]: row for row in rows.annotate(**counts)}


def order_to_work(actor: Actor, reference: str) -> Order:
    """An order with all that the calls page shows of it. Raises `NotFound`; a constant number of queries."""
    lines = OrderLine.objects.select_related("variant__product", "variant__level").order_by("id")
    order = (
        Order.objects.visible_to(actor)
        .select_related("state", "city", "assignee", "customer", "store", "possible_duplicate_of", "queue_entry")
        .prefetch_related(Prefetch("lines", lines), "lines__components__variant__level")
        .filter(reference=reference.upper())
        .first()
    )
    if order is None:
        raise NotFound
    return order
