"""How many orders: exact where that is cheap, else an honest estimate that says so.

Without filters the counters tell it (`OrderCount`). With filters, up to `EXACT_UP_TO` matches are counted, and all of
a small table; beyond, one page in so many of the table is looked at and the number scaled up, rounded to two digits.
Such an estimate is shown again for a minute: who pages through thousands of orders need not wait for it each time.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from itertools import chain
from typing import Any, Final

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet, Sum, Value

from commanda.accounts.permissions import Perm
from commanda.kernel.actor import Actor
from commanda.kernel.prepared import Param
from commanda.orders.filters import OrderFilters
from commanda.orders.models import Order, OrderCount

EXACT_UP_TO: Final = 2_000
# A table up to so many orders is counted to the last one, whatever the filters.
_SMALL_TABLE: Final = 50_000
_SAMPLED_ROWS: Final = 10_000
# Where the planner expects so many times the rows that are counted, counting them first would be in vain.
_SURELY_MORE: Final = 4
# With fewer rows than these in the sample the planner's expectation was wrong.
_FEW_IN_SAMPLE: Final = 20
_TABLE: Final = 'FROM "orders_order"'


@dataclass(frozen=True, slots=True)
class Counts:
    """Orders per state id. `is_estimate`: the numbers are rounded estimates.

    `ids`: which orders they are, per state, where these had to be found for counting; a list need not find them again.
    """

    by_state: dict[int, int] = field(default_factory=dict)
    is_estimate: bool = False
    ids: dict[int, list[int]] | None = None

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    def of(self, state_ids: Iterable[int]) -> int:
        """How many stand in these states."""
        return sum(self.by_state.get(pk, 0) for pk in state_ids)

    def newest(self, state_ids: Iterable[int]) -> list[int]:
        """The ids of those that stand in these states, the newest first; none where they were not found."""
        found = self.ids or {}
        return sorted(chain.from_iterable(found.get(pk, ()) for pk in state_ids), reverse=True)


def counts_without_filters(actor: Actor) -> Counts:
    """What the actor sees in all, per state; exact, two statements."""
    if actor.can(Perm.ORDERS_VIEW_ALL):
        return Counts(_kept(OrderCount.objects.all()))
    if not actor.can(Perm.ORDERS_VIEW) or actor.user_id is None:
        return Counts()
    found = Counter(_kept(OrderCount.objects.filter(assignee_id=actor.user_id)))
    # Own ones that nobody has been given yet are few: they are counted one by one.
    found.update(Order.objects.filter(assignee=None, created_by_id=actor.user_id).values_list("state_id", flat=True))
    return Counts(dict(found))


@dataclass(frozen=True, slots=True)
class Tally:
    """Orders, and what they are worth, MAD."""

    qty: int = 0
    amount: Decimal = Decimal(0)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.qty + other.qty, self.amount + other.amount)


def tallies_without_filters(actor: Actor, state_ids: Iterable[int]) -> dict[int, Tally]:
    """What the actor sees in each of these states, those with none included; exact, two statements at most."""
    found = dict.fromkeys(state_ids, Tally())
    if actor.can(Perm.ORDERS_VIEW_ALL):
        _add_tallies(found, OrderCount.objects.annotate(number=F("qty"), worth=F("amount")))
    elif actor.can(Perm.ORDERS_VIEW) and actor.user_id is not None:
        kept = OrderCount.objects.filter(assignee_id=actor.user_id)
        _add_tallies(found, kept.annotate(number=F("qty"), worth=F("amount")))
        # Own ones that nobody has been given yet are few: they are counted one by one.
        unassigned = Order.objects.filter(assignee=None, created_by_id=actor.user_id)
        _add_tallies(found, unassigned.annotate(number=Value(1), worth=F("total_amount")))
    return found


def _add_tallies(found: dict[int, Tally], rows: QuerySet[Any]) -> None:
    chosen = rows.filter(state_id__in=list(found)).order_by().values_list("state_id")
    for state_id, qty, amount in chosen.annotate(Sum("number"), Sum("worth")):
        found[state_id] += Tally(qty, amount)


def counts_of(rows: QuerySet[Order]) -> Counts:
    """The rows per state: exact up to `EXACT_UP_TO`, beyond that estimated; at most four statements.

    An estimate may be a minute old.
    """
    try:
        sql, params = rows.order_by().values("state_id", "id").query.sql_with_params()
    except EmptyResultSet:  # the filters contradict each other, or the actor may not ask for them
        return Counts()
    # The statement says whose orders are counted, too.
    key = sha256(repr((sql, params)).encode()).hexdigest()
    if kept := caches["estimates"].get(key):
        return Counts(kept, is_estimate=True)
    counts = _counted(sql, params)
    if counts.is_estimate:
        caches["estimates"].set(key, counts.by_state)
    return counts


def _counted(sql: str, params: Sequence[Any]) -> Counts:
    table_rows = _table_rows()
    if table_rows <= _SMALL_TABLE:
        return Counts(_per_state(sql, params))
    share = min(1.0, _SAMPLED_ROWS / table_rows)
    sampled = _sampled(sql, params, share) if _expected(sql, params) > _SURELY_MORE * EXACT_UP_TO else {}
    if sum(sampled.values()) < _FEW_IN_SAMPLE:  # the planner expected too much, or nothing much: count
        found = _per_state(f"{sql} LIMIT {EXACT_UP_TO + 1}", params, "array_agg(id)")
        numbers = {pk: len(ids) for pk, ids in found.items()}
        if sum(numbers.values()) <= EXACT_UP_TO:
            return Counts(numbers, ids=found)
        sampled = sampled or _sampled(sql, params, share)
    return Counts({pk: rounded(round(number / share)) for pk, number in sampled.items()}, is_estimate=True)


@dataclass(frozen=True, slots=True)
class CappedCount:
    """A count of orders as SQL, built once and asked often. A `Param` stands for what is known when it is asked."""

    sql: str
    params: tuple[Any, ...] = ()


def capped_count(rows: QuerySet[Order], cap: int) -> CappedCount:
    """How many rows there are, `cap` at most; to be asked with others."""
    try:
        sql, params = rows.order_by().values("pk")[:cap].query.sql_with_params()
    except EmptyResultSet:
        return CappedCount("0")
    return CappedCount(f"(SELECT count(*) FROM ({sql}) AS found)", params)  # noqa: S608 - the ORM's own text


def capped_counts(counts: Sequence[CappedCount], **values: Any) -> list[int]:
    """What each count finds with the values of its places; one statement for all."""
    if not counts:
        return []
    given = (part for count in counts for part in count.params)
    params = [values[part.name] if isinstance(part, Param) else part for part in given]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(count.sql for count in counts), params)
        return list(cursor.fetchone())


def is_unfiltered(filters: OrderFilters) -> bool:
    """Nothing but stage and state: what the tabs themselves choose."""
    return not filters.active("stage", "state")


def without_stage(filters: OrderFilters) -> OrderFilters:
    return replace(filters, stage="", state="")


def rounded(number: int) -> int:
    """Two digits that mean something: 41 387 → 41 000."""
    digits = len(str(number)) - 2
    return round(number, -digits) if digits > 0 else number


def _kept(rows: QuerySet[OrderCount]) -> dict[int, int]:
    found = rows.order_by().values_list("state_id").annotate(number=Sum("qty"))
    return {state_id: number for state_id, number in found if number}


def _per_state(sql: str, params: Sequence[Any], told: str = "count(*)") -> dict[int, Any]:
    grouped = f"SELECT state_id, {told} FROM ({sql}) AS found GROUP BY state_id"  # noqa: S608 - the ORM's own text
    with connection.cursor() as cursor:
        cursor.execute(grouped, params)
        return dict(cursor.fetchall())


def _sampled(sql: str, params: Sequence[Any], share: float) -> dict[int, int]:
    """The same pages of the table each time: they stay in memory, and the numbers do not dance."""
    return _per_state(sql.replace(_TABLE, f"{_TABLE} TABLESAMPLE SYSTEM ({share * 100:.4f}) REPEATABLE (1)", 1), params)


def _expected(sql: str, params: Sequence[Any]) -> float:
    """How many rows the planner expects."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        return float(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])


def _table_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'orders_order'::regclass")
        return int(cursor.fetchone()[0])
