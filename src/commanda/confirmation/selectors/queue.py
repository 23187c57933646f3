"""The call queue: one ranking behind counts, lists and "next"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, Count, DateTimeField, F, IntegerField, Min, Q, QuerySet, Value, When
from django.db.models.functions import Greatest

from commanda.accounts.permissions import Perm
from commanda.confirmation.models import Call, CallPolicy, QueueEntry
from commanda.confirmation.selectors.policy import Openings, call_policy, openings, rules_in_force
from commanda.kernel.actor import Actor
from commanda.kernel.clock import day_start, now, today
from commanda.kernel.errors import NotFound
from commanda.kernel.prepared import Param, any_of, attach, prepared, reach_of
from commanda.orders.models import LineComponent, Order, OrderLine
from commanda.orders.stages import Stage

PINNED, CALLBACK, NEW, RETRY, LATER = range(5)
LATE_AFTER: Final = timedelta(days=1)


def ranked(entries: QuerySet[QueueEntry], at: datetime, policy: CallPolicy | None = None) -> QuerySet[QueueEntry]:
    """Annotate `comes_at` and `rank` as of `at` and put the best first. The one definition of the queue's order.

    Pinned, callback due, new (freshest first: speed to lead), retry due; what does not come yet stands last, soonest
    first. An entry comes when it is due; where the policy holds orders outside calling hours, not before its store
    calls again, unless the call was promised or the order is pinned.
    """
    return ranked_when(entries, at, openings(policy or call_policy(), at))


def ranked_when(entries: QuerySet[QueueEntry], at: datetime | Param, opens: Openings) -> QuerySet[QueueEntry]:
    """What `ranked` gives, when calls go on then; instants may be places of a prepared query."""
    entries = entries.annotate(comes_at=_comes_at(opens))
    rank = Case(
        When(comes_at__gt=at, then=Value(LATER)),
        When(is_pinned=True, then=Value(PINNED)),
        When(is_callback=True, then=Value(CALLBACK)),
        When(attempts=0, then=Value(NEW)),
        default=Value(RETRY),
        output_field=IntegerField(),
    )
    fresh_at = Case(When(rank=NEW, then=F("ordered_at")), output_field=DateTimeField())
    return entries.annotate(rank=rank, fresh_at=fresh_at).order_by(
        "rank", F("fresh_at").desc(nulls_last=True), "comes_at", "order_id"
    )


def due_when(entries: QuerySet[QueueEntry], at: datetime | Param, opens: Openings) -> QuerySet[QueueEntry]:
    """Those that may be called `at`, best first: what "next" takes from, and what the counts call due.

    Instants may be places of a prepared query.
    """
    return ranked_when(entries.filter(due_at__lte=at), at, opens).filter(Q(rank__lt=LATER))


def _comes_at(opens: Openings) -> Case | F:
    """When an entry comes, as SQL; just `due_at` while every store may be called."""
    if opens.are_now:
        return F("due_at")

    def held(opening: datetime | Param | None) -> Greatest | F:
        if opening is None:
            return F("due_at")
        return Greatest(F("due_at"), opening if isinstance(opening, Param) else Value(opening))

    return Case(
        When(Q(is_pinned=True) | Q(is_callback=True), then=F("due_at")),
        *(When(store_id=store_id, then=held(opening)) for store_id, opening in opens.by_store),
        default=held(opens.default),
        output_field=DateTimeField(),
    )


def is_given_orders(actor: Actor) -> bool:
    """Whether rules may give orders to the actor: they do to those who take calls and see their own orders only."""
    return actor.can(Perm.CALLS_LOG) and not actor.can(Perm.ORDERS_VIEW_ALL)


def pool() -> QuerySet[QueueEntry]:
    """Entries that nobody has and that rules may give away."""
    return QueueEntry.objects.filter(assignee=None, is_for_supervisor=False)


def own_entries(actor: Actor) -> QuerySet[QueueEntry]:
    """Entries for the actor to work: those assigned to him and own ones that nobody was given; for those who see all
    orders, what was handed to supervisors instead of the latter.
    """
    return entries_of(actor.user_id, sees_all=actor.can(Perm.ORDERS_VIEW_ALL))


def entries_of(user_id: int | Param | None, *, sees_all: bool) -> QuerySet[QueueEntry]:
    """What `own_entries` gives for a person."""
    unassigned = Q(assignee=None)
    if sees_all:
        free = unassigned & Q(is_for_supervisor=True)
    else:
        free = unassigned & Q(is_for_supervisor=False, created_by_id=user_id)
    return QueueEntry.objects.filter(Q(assignee_id=user_id) | free)


def visible_entries(actor: Actor) -> QuerySet[QueueEntry]:
    """Entries of the orders the actor may see."""
    if actor.can(Perm.ORDERS_VIEW_ALL):
        return QueueEntry.objects.all()
    return QueueEntry.objects.filter(order__in=Order.objects.visible_to(actor))


def queue_list(actor: Actor) -> QuerySet[QueueEntry]:
    """The actor's own queue in its order, with what a row shows."""
    return ranked(own_entries(actor), now()).select_related("order__state", "order__city")


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How many entries stand where. `due` is the sum of the four ranks that may be called now.

    `late`: their call should have been made more than a day ago.
    """

    pinned: int = 0
    callbacks: int = 0
    new: int = 0
    retries: int = 0
    later: int = 0
    unassigned: int = 0
    late: int = 0
    next_due_at: datetime | None = None
    next_callback_at: datetime | None = None

    @property
    def due(self) -> int:
        return self.pinned + self.callbacks + self.new + self.retries


@dataclass(frozen=True, slots=True)
class QueueShare:
    """The entries of one rank that one agent has (None: nobody).

    `due`: their moment has come, whether or not calls go on now. The soonest come at `next_at`, of those which were
    promised at `next_callback_at`.
    """

    agent_id: int | None
    rank: int
    number: int
    due: int
    late: int
    next_at: datetime
    next_callback_at: datetime | None


def queue_shares(policy: CallPolicy | None = None) -> list[QueueShare]:
    """The whole queue by agent and rank: what the counts and the board of those who see all of it are made of."""
    at = now()
    opens = openings(policy or call_policy(), at)
    rows = _shares_of_all(opens.places()).all(at=at, late=at - LATE_AFTER, **opens.values())
    return [QueueShare(**row) for row in rows]


def queue_counts(actor: Actor, *, only_own: bool = False, shares: Sequence[QueueShare] | None = None) -> QueueCounts:
    """Counts over the whole queue for those who see all orders, over one's own work (pool included) for others.

    One query over the entries, none where the `shares` of the whole queue are at hand. `only_own` gives a supervisor
    the counts of what he would be given to call. Of the pool, rules may keep some for other agents.
    """
    sees_all = actor.can(Perm.ORDERS_VIEW_ALL)
    if sees_all and not only_own:
        return _counted(queue_shares() if shares is None else shares)
    at, policy = now(), call_policy()
    opens = openings(policy, at)
    own = _shares_of_own(opens.places(), sees_all, is_given_orders(actor) and bool(rules_in_force(policy)))
    rows = own.all(me=actor.user_id, at=at, late=at - LATE_AFTER, **opens.values())
    return _counted([QueueShare(**row) for row in rows])


def _counted(shares: Sequence[QueueShare]) -> QueueCounts:
    def of(rank: int) -> int:
        return sum(share.number for share in shares if share.rank == rank)

    later = [share for share in shares if share.rank == LATER]
    return QueueCounts(
        pinned=of(PINNED),
        callbacks=of(CALLBACK),
        new=of(NEW),
        retries=of(RETRY),
        later=of(LATER),
        unassigned=sum(share.number for share in shares if share.agent_id is None),
        late=sum(share.late for share in shares),
        next_due_at=min((share.next_at for share in later), default=None),
        next_callback_at=min((at for share in later if (at := share.next_callback_at)), default=None),
    )


@prepared
def _shares_of_all(opens: Openings) -> QuerySet[QueueEntry, Any]:
    return _shared(QueueEntry.objects.all(), opens)


@prepared
def _shares_of_own(opens: Openings, sees_all: bool, has_pool: bool) -> QuerySet[QueueEntry, Any]:
    entries = entries_of(Param("me"), sees_all=sees_all)
    return _shared(entries | pool() if has_pool else entries, opens)


def _shared(entries: QuerySet[QueueEntry], opens: Openings) -> QuerySet[QueueEntry, Any]:
    """A row with the fields of `QueueShare` for each agent and rank."""
    ranks: Any = ranked_when(entries, Param("at"), opens).order_by()
    rows: QuerySet[QueueEntry, Any] = ranks.values("rank", agent_id=F("assignee_id")).annotate(
        number=Count("pk"),
        due=Count("pk", filter=Q(due_at__lte=Param("at"))),
        late=Count("pk", filter=Q(due_at__lt=Param("late"))),
        next_at=Min("comes_at"),
        next_callback_at=Min("comes_at", filter=Q(is_callback=True)),
    )
    return rows


@dataclass(frozen=True, slots=True)
class Day:
    """What somebody did today: calls by phone or message, orders confirmed by them."""

    calls: int
    confirmed: int


def day_of(actor: Actor) -> Day:
    """The actor's own day; one query."""
    rows = Call.objects.standing().filter(agent_id=actor.user_id, called_at__gte=day_start(today())).order_by()
    return Day(
        **rows.aggregate(
            calls=Count("pk"),
            confirmed=Count("order_id", distinct=True, filter=Q(outcome__target_state__stage=Stage.CONFIRMED)),
        )
    )


def undoable_call(actor: Actor, seconds: int) -> Call | None:
    """The actor's last call, if it is as fresh as that and stands; with its order's reference and its outcome."""
    last = _last_call().first(me=actor.user_id, since=now() - timedelta(seconds=seconds))
    return last if last is not None and last.undone_at is None else None


@prepared
def _last_call() -> QuerySet[Call]:
    rows = Call.objects.filter(agent_id=Param("me"), called_at__gt=Param("since")).order_by("-called_at", "-id")
    fields = ("called_at", "undone_at", "before", "order__reference", "outcome")
    return rows.select_related("order", "outcome").only(*fields)[:1]


def calls_of(actor: Actor, order_id: int | Param) -> QuerySet[Call]:
    """The call log of an order, newest first."""
    return Call.objects.visible_to(actor).filter(order_id=order_id).select_related("agent", "outcome").order_by("-id")


def last_calls(actor: Actor, order_id: int, most: int) -> list[Call]:
    """The newest of them."""
    return _last_calls(reach_of(actor), most).all(me=actor.user_id, order=order_id)


@prepared
def _last_calls(reach: Actor, most: int) -> QuerySet[Call]:
    return calls_of(reach, Param("order"))[:most]


def order_to_work(actor: Actor, reference: str) -> Order:
    """An order with all that the calls page shows of it. Raises `NotFound`; a constant number of queries."""
    order = _to_work(reach_of(actor)).first(me=actor.user_id, reference=reference.upper())
    if order is None:
        raise NotFound
    lines = _lines_to_work().all(order=order.pk)
    attach([order], "lines", lines)
    attach(lines, "components", _parts_to_work().all(lines=[line.pk for line in lines]))
    return order


@prepared
def _to_work(reach: Actor) -> QuerySet[Order]:
    beside = ("state", "city", "assignee", "customer", "store", "queue_entry", "possible_duplicate_of")
    return Order.objects.visible_to(reach).filter(reference=Param("reference")).select_related(*beside)


@prepared
def _lines_to_work() -> QuerySet[OrderLine]:
    lines = OrderLine.objects.filter(order_id=Param("order"))
    return lines.select_related("variant__product", "variant__level").order_by("id")


@prepared
def _parts_to_work() -> QuerySet[LineComponent]:
    parts = LineComponent.objects.filter(any_of("line_id", "lines"))
    return parts.select_related("variant__level").order_by("id")
