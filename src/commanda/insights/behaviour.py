"""Where orders stand now, and how many came into each state in this cycle and in those before it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _

from commanda.accounts.permissions import Perm
from commanda.insights.periods import Period
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now, today
from commanda.kernel.replica import from_replica, reading
from commanda.orders.counting import Tally, tallies_without_filters
from commanda.orders.models import Order, State
from commanda.orders.stages import Stage

WEEKDAYS: Final = 7
MOST_BACK: Final = 12


class Cycle(StrEnum):
    """What is compared with what came before."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS: Final = {Cycle.DAY: _("Day"), Cycle.WEEK: _("Week"), Cycle.MONTH: _("Month")}


@dataclass(frozen=True, slots=True)
class StateHistory:
    """A state: who stands in it now, their share of all, and who came into it, the present cycle first.

    `by_now`: how many had come when each cycle was as old as the present one is now.
    """

    state: State
    now: Tally
    share: Decimal | None
    entered: tuple[Tally, ...]
    by_now: tuple[int, ...]

    def change(self, back: int = 1) -> Decimal | None:
        """Growth against the cycle so far back when it was as old (0.1: a tenth more); None without a base.

        Like with like: a day that has just begun is not held against a whole one.
        """
        base = self.by_now[back] if back < len(self.by_now) else 0
        return Decimal(self.entered[0].qty - base) / base if base else None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The states in their order, and all of them together. `cycles`: the present one first."""

    cycles: tuple[Period, ...]
    rows: tuple[StateHistory, ...]
    total: Tally


def cycles(kind: Cycle, back: int) -> tuple[Period, ...]:
    """The present day, week (from Monday) or month, whole, and `back` before it."""
    found = [_around(kind, today())]
    while len(found) <= min(max(back, 1), MOST_BACK):
        found.append(_around(kind, found[-1].first - timedelta(days=1)))
    return tuple(found)


def _around(kind: Cycle, day: date) -> Period:
    if kind is Cycle.DAY:
        return Period(day, day)
    if kind is Cycle.WEEK:
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=WEEKDAYS - 1))
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


@from_replica
def behaviour(actor: Actor, kind: Cycle, back: int) -> Behaviour:
    """Numbers and worth by state among the orders the actor may see; three statements whatever there is.

    An order counts in the cycle in which it first came into the state, with what it was worth then. Now: the counters
    of the list. Drafts are left out. No statement reads all orders: the entries of the cycles are ranges of an index.
    """
    spans = cycles(kind, back)
    states = list(State.objects.filter(workflow__is_default=True).exclude(stage=Stage.DRAFT))
    entered = _entered(actor, states, spans)
    present = tallies_without_filters(actor, [state.pk for state in states])
    total = sum(present.values(), Tally())
    rows = [
        StateHistory(
            state,
            present[state.pk],
            Decimal(present[state.pk].qty) / total.qty if total.qty else None,
            tuple(entered[state.pk].get(place, (Tally(), 0))[0] for place in range(len(spans))),
            tuple(entered[state.pk].get(place, (Tally(), 0))[1] for place in range(len(spans))),
        )
        for state in states
    ]
    # A state that is used no more shows while there is something to tell of it.
    shown = [row for row in rows if row.state.is_active or row.now.qty or any(figure.qty for figure in row.entered)]
    return Behaviour(spans, tuple(shown), total)


SPANS: Final = "unnest(%s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY AS span (begins, ends, place)"
SUMS: Final = """count(*) AS qty, sum(entry.amount) AS amount,
       count(*) FILTER (WHERE entry.at < span.begins + %s::interval) AS early"""
# A range of the index for each state and cycle; nothing is sorted, and no row of the table is looked at.
ENTERED: Final = f"""
SELECT state.id, span.place, sums.qty, sums.amount, sums.early
FROM unnest(%s::bigint[]) AS state (id) CROSS JOIN {SPANS}
CROSS JOIN LATERAL (
    SELECT {SUMS} FROM orders_stateentry AS entry
    WHERE entry.state_id = state.id AND entry.at >= span.begins AND entry.at < span.ends
) AS sums
WHERE sums.qty > 0
"""  # noqa: S608 - own text, no input
# Own orders are found once, not for each state and cycle.
OWN_ENTERED: Final = f"""
SELECT entry.state_id, span.place, {SUMS}
FROM orders_stateentry AS entry JOIN {SPANS} ON entry.at >= span.begins AND entry.at < span.ends
WHERE entry.state_id = ANY(%s) AND entry.at >= %s AND entry.at < %s AND entry.order_id IN ({{visible}})
GROUP BY entry.state_id, span.place
"""  # noqa: S608 - own text, no input


def _entered(actor: Actor, states: Sequence[State], spans: Sequence[Period]) -> dict[int, dict[int, tuple[Tally, int]]]:
    """State id → place of the cycle → figure, and how many of it had come by now."""
    begins, ends = (list(instants) for instants in zip(*(span.instants for span in spans), strict=True))
    ids, age = [state.pk for state in states], now() - begins[0]
    if actor.can(Perm.ORDERS_VIEW_ALL):
        sql, params = ENTERED, [ids, begins, ends, age]
    else:
        # The ORM's own text, so that this sees what every list sees.
        visible, its_params = Order.objects.visible_to(actor).order_by().values("pk").query.sql_with_params()
        sql = OWN_ENTERED.format(visible=visible)
        params = [age, begins, ends, ids, begins[-1], ends[0], *its_params]
    found: dict[int, dict[int, tuple[Tally, int]]] = defaultdict(dict)
    with reading().cursor() as cursor:
        cursor.execute(sql, params)
        for state_id, place, qty, amount, early in cursor.fetchall():
            found[state_id][place - 1] = (Tally(qty, amount), early)
    return found
