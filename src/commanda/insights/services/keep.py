"""Kept sums follow the rows: dirty days are counted anew, some at a time."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db import connection

from commanda.insights.keep_sql import keep_statement
from commanda.insights.models import DailySum, DirtyDay
from commanda.insights.periods import spans_of
from commanda.insights.statements import Basis
from commanda.kernel.transaction import unit_of_work

MOST_DAYS: Final = 31
# One at a time: whoever comes second finds the days clean, or marked again.
LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('insights.keep'))"


def keep_sums(*, most_days: int = MOST_DAYS) -> int:
    """Count up to so many dirty days of each basis anew, the latest first; returns how many were counted.

    The marks are read before the rows: what changes meanwhile marks its day again. Readers see the former sums of a day
    or the new ones, never none. Returns 0 at once when another is at it.
    """
    with unit_of_work():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
            if not cursor.fetchone()[0]:
                return 0
        return sum(_keep(basis, most_days) for basis in Basis)


def _keep(basis: Basis, most_days: int) -> int:
    marks = DirtyDay.objects.filter(basis=basis)
    days = list(marks.order_by("-day").values_list("day", flat=True).distinct()[:most_days])
    if not days:
        return 0
    seen = list(marks.filter(day__in=days).values_list("pk", flat=True))
    DailySum.objects.filter(basis=basis, day__in=days).delete()
    count_days(basis, days)
    DirtyDay.objects.filter(pk__in=seen).delete()
    return len(days)


def count_days(basis: Basis, days: Iterable[date]) -> None:
    """Add the sums of these days, which must not be there."""
    wanted = sorted(days)
    spans = spans_of(wanted)
    parameters: dict[str, Any] = {"days": wanted}
    for place, span in enumerate(spans):
        parameters[f"start{place}"], parameters[f"end{place}"] = span.instants
    with connection.cursor() as cursor:
        cursor.execute(keep_statement(basis, len(spans)), parameters)
