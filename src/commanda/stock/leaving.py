"""Units that left for clients, by variant.

Movements are only ever added, at their own moment: a day that is over comes to the same for good. Each process
remembers what it came to, so that a fortnight is told from the movements of two days.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import F, Sum
from django.db.models.functions import TruncDate

from commanda.kernel.clock import CASABLANCA, day_of, day_start, now, today
from commanda.stock.models import StockMovement

# The last movement of yesterday may not be committed yet.
OVER_AFTER_DAYS: Final = 2

_over: dict[date, Counter[int]] = {}


def left_in(days: int) -> Counter[int]:
    """Variant id → units that left in the last so many (three or more) days; what was taken back counts against it.

    Two statements, and one more when there are days that this process has not added up.
    """
    start = now() - timedelta(days=days)
    first, last = day_of(start) + timedelta(days=1), today() - timedelta(days=OVER_AFTER_DAYS)
    begun, recent = _between(start, day_start(first)), _between(_end(last), None)
    left = Counter[int]()
    for of_day in (*begun.values(), *_days_over(first, last), *recent.values()):
        left.update(of_day)
    return left


def _days_over(first: date, last: date) -> Iterable[Counter[int]]:
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    known = {day: counted for day in days if (counted := _over.get(day)) is not None}
    missing = [day for day in days if day not in known]
    if missing:
        found = _between(day_start(missing[0]), _end(missing[-1]))
        known |= {day: found.get(day, Counter()) for day in missing}
        _over.update(known)
        for day in [day for day in list(_over) if day < first]:
            _over.pop(day, None)
    return known.values()


def _end(day: date) -> datetime:
    return day_start(day + timedelta(days=1))


def _between(begin: datetime, end: datetime | None) -> dict[date, Counter[int]]:
    """Day → variant id → units, from movements of this time."""
    rows = StockMovement.objects.filter(kind=StockMovement.Kind.ORDER, made_at__gte=begin)
    if end is not None:
        rows = rows.filter(made_at__lt=end)
    sums = (
        rows.exclude(in_transit_qty=F("on_hand_qty"))
        .order_by()
        .values(day=TruncDate("made_at", tzinfo=CASABLANCA))
        .annotate(left=Sum(F("in_transit_qty") - F("on_hand_qty")))
        .values_list("day", "variant_id", "left")
    )
    found: dict[date, Counter[int]] = {}
    for day, variant_id, left in sums:
        found.setdefault(day, Counter())[variant_id] = left
    return found
