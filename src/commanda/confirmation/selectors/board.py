"""The supervisor's board: who is there, what everybody has done today, what nobody has done."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, Exists, F, Max, Min, OuterRef, Q, QuerySet, When
from django.db.models.functions import Coalesce

from commanda.accounts.models import User
from commanda.accounts.permissions import Perm
from commanda.accounts.selectors import agents
from commanda.confirmation.models import Call, Lease, Presence, QueueEntry, Standing
from commanda.confirmation.selectors.policy import call_policy, silent_since
from commanda.confirmation.selectors.presence import live_leases, standing
from commanda.confirmation.selectors.queue import QueueShare, queue_shares, visible_entries
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_start, now, today
from commanda.kernel.prepared import Param, any_of, prepared
from commanda.orders.models import Order
from commanda.orders.stages import Stage

HOUR = timedelta(hours=1)
AT_WORK = (Standing.ONLINE, Standing.BUSY)


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent on the supervisor's board. Counts are orders, `calls` are calls, both of today.

    `since_at`: since when he stands so. `with_order`: the order he is on. `per_hour`: calls by the hours since his
    first call today, an hour at least. `rate`: confirmed of the orders called today. `idle`: how long nothing was
    heard of work from somebody who is there without a client.
    """

    agent: User
    status: str
    seen_at: datetime | None
    open: int
    due: int
    calls: int
    answered: int
    confirmed: int
    since_at: datetime | None = None
    with_order: Order | None = None
    orders: int = 0
    last_call_at: datetime | None = None
    per_hour: float | None = None
    idle: timedelta | None = None

    @property
    def later(self) -> int:
        return self.open - self.due

    @property
    def rate(self) -> float | None:
        return self.confirmed / self.orders if self.orders else None

    @property
    def standing_label(self) -> str:
        return str(Standing(self.status).label)


def agent_board(actor: Actor, shares: Sequence[QueueShare] | None = None) -> list[AgentRow]:
    """Every agent with presence, queue, and the day's calls and confirmations; six queries however many there are, one
    less where the `shares` of the whole queue are at hand.

    Present ones first. Takes the right to see the team or to assign; an agent sees his own row.
    """
    at = now()
    team = list(agents().order_by("name"))
    if not (actor.can(Perm.INSIGHTS_TEAM) or actor.can(Perm.ORDERS_ASSIGN)):
        team = [agent for agent in team if agent.pk == actor.user_id]
    ids = [agent.pk for agent in team]
    policy = call_policy()
    silent = silent_since(policy, at)
    presences = {row.user_id: row for row in _presences().all(agents=ids)}
    leases = {row.agent_id: row for row in _leases().all(agents=ids, at=at)}
    queues = defaultdict[int | None, list[QueueShare]](list)
    for share in queue_shares(policy) if shares is None else shares:
        queues[share.agent_id].append(share)
    days = {row["agent_id"]: row for row in _days().all(agents=ids, since=day_start(today()))}
    rows = [
        _row(agent, at, silent, presences.get(agent.pk), leases.get(agent.pk), queues[agent.pk], days.get(agent.pk))
        for agent in team
    ]
    places = list(Standing)
    return sorted(rows, key=lambda row: max(places.index(Standing(row.status)), 1))


def _row(
    agent: User,
    at: datetime,
    silent: datetime,
    presence: Presence | None,
    lease: Lease | None,
    queue: Sequence[QueueShare],
    day: dict[str, Any] | None,
) -> AgentRow:
    day = day or {}
    status = standing(presence, silent, lease is not None)
    seen_at = presence.seen_at if presence else None
    chosen_at = (presence.since_at or presence.seen_at) if presence else None
    since_at = seen_at if status == Standing.AWAY else chosen_at
    calls, last_at = day.get("calls", 0), day.get("last_at")
    worked = max(at - day["first_at"], HOUR) if calls else None
    busy_at = max(filter(None, (last_at, since_at)), default=None)
    return AgentRow(
        agent=agent,
        status=status,
        seen_at=seen_at,
        open=sum(share.number for share in queue),
        due=sum(share.due for share in queue),
        calls=calls,
        answered=day.get("answered", 0),
        confirmed=day.get("confirmed", 0),
        since_at=since_at,
        with_order=lease.order if lease and status == Standing.BUSY else None,
        orders=day.get("orders", 0),
        last_call_at=last_at,
        per_hour=calls / (worked / HOUR) if worked else None,
        idle=at - busy_at if status == Standing.ONLINE and busy_at else None,
    )


@prepared
def _presences() -> QuerySet[Presence]:
    return Presence.objects.filter(any_of("pk", "agents"))


@prepared
def _leases() -> QuerySet[Lease]:
    return live_leases(Param("at")).filter(any_of("agent_id", "agents")).select_related("order")


@prepared
def _days() -> QuerySet[Call, Any]:
    calls = Call.objects.standing().filter(any_of("agent_id", "agents"), called_at__gte=Param("since")).order_by()
    return calls.values("agent_id").annotate(
        calls=Count("pk"),
        answered=Count("pk", filter=Q(is_answered=True)),
        orders=Count("order_id", distinct=True),
        confirmed=Count("order_id", distinct=True, filter=Q(outcome__target_state__stage=Stage.CONFIRMED)),
        first_at=Min("called_at"),
        last_at=Max("called_at"),
    )


@dataclass(frozen=True, slots=True)
class Board:
    """The board as of `at`: the agents, and how many orders wait for somebody to do something about them."""

    at: datetime
    rows: list[AgentRow]
    unassigned: int
    stale: int
    overdue: int

    @property
    def at_work(self) -> int:
        return sum(row.status in AT_WORK for row in self.rows)


def board(actor: Actor) -> Board:
    """The whole board; nine queries however many agents and orders there are. Takes the right to assign."""
    actor.require(Perm.ORDERS_ASSIGN)
    return Board(
        at=now(),
        rows=agent_board(actor),
        unassigned=unassigned(actor).count(),
        stale=stale(actor).count(),
        overdue=overdue(actor).count(),
    )


def unassigned(actor: Actor) -> QuerySet[QueueEntry]:
    """Orders nobody has, with the reason; the longest due first. Keyset order: `due_at`, `order_id`."""
    return _shown(visible_entries(actor).filter(assignee=None))


def stale(actor: Actor) -> QuerySet[QueueEntry]:
    """Orders their agent has left untouched for longer than the policy allows. Keyset order: `due_at`, `order_id`."""
    hours = call_policy().stale_hours
    if not hours:
        return QueueEntry.objects.none()
    return _shown(forgotten(visible_entries(actor), now() - timedelta(hours=hours)))


def overdue(actor: Actor) -> QuerySet[QueueEntry]:
    """Promised calls whose time has come, the most overdue first. Keyset order: `due_at`, `order_id`."""
    return _shown(visible_entries(actor).filter(is_callback=True, due_at__lte=now()))


def waiting_with(actor: Actor, agent_id: int) -> QuerySet[QueueEntry]:
    """All that an agent has to call, due or later. Keyset order: `due_at`, `order_id`."""
    return _shown(visible_entries(actor).filter(assignee_id=agent_id))


def untouched(entries: QuerySet[QueueEntry], at: datetime) -> QuerySet[QueueEntry]:
    """Those whose agent has done nothing about them: not called, promised no call, not on the phone now.

    What a supervisor keeps for himself is left out. Annotates `given_at`: since when the agent has it.
    """
    called = Call.objects.standing().filter(order_id=OuterRef("order_id"), agent_id=OuterRef("assignee_id"))
    held = live_leases(at).filter(order_id=OuterRef("order_id"))
    return (
        entries.annotate(given_at=Coalesce("order__assigned_at", "ordered_at"))
        .filter(~Exists(called), ~Exists(held), assignee__isnull=False, is_callback=False)
        .exclude(assignee__role__permissions__contains=[Perm.ORDERS_VIEW_ALL])
    )


def forgotten(entries: QuerySet[QueueEntry], before: datetime) -> QuerySet[QueueEntry]:
    """Untouched ones that were due, and their agent's, before an instant."""
    return untouched(entries, now()).filter(Q(due_at__lte=before, given_at__lte=before))


def left_behind(entries: QuerySet[QueueEntry], before: datetime) -> QuerySet[QueueEntry]:
    """Untouched ones whose agent left before an instant. What he was given by hand while away waits for him."""
    chosen_at = Coalesce("assignee__presence__since_at", "assignee__presence__seen_at")
    left_at = Case(
        When(assignee__presence__status=Presence.Status.OFFLINE, then=chosen_at),
        default=F("assignee__presence__seen_at"),
        output_field=DateTimeField(),
    )
    return (
        untouched(entries, now()).annotate(left_at=left_at).filter(Q(left_at__lte=before, given_at__lte=F("left_at")))
    )


def _shown(entries: QuerySet[QueueEntry]) -> QuerySet[QueueEntry]:
    return entries.select_related("order__state", "order__assignee", "order__city", "order__store").order_by(
        "due_at", "order_id"
    )
