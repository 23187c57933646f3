"""Reading kept sums: which questions they answer, and when they may."""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError

from commanda.insights.families import COLUMNS, family_for, is_kept
from commanda.insights.measures import ADVERTISED, Dimension, Measure, Source, campaign_of, spent_on, weekday_of
from commanda.insights.models import RowChange
from commanda.insights.periods import Period
from commanda.insights.services.keep import is_far_behind, keep_sums
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor
from commanda.kernel.clock import now
from commanda.kernel.errors import Busy
from commanda.kernel.replica import reading

logger = logging.getLogger(__name__)

# So long a reader catches up before it takes the sums as they stand.
MOST_SECONDS: Final = 1.5
# Sums that wait for longer than any import takes to be added are those of a worker that is down, or of an upgrade that
# counts everything anew: then the rows themselves are counted.
MOST_BEHIND: Final = timedelta(minutes=15)
# Below that nobody need be told: it is gone before it is read.
TOLD_FROM: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """How kept sums answer a question.

    `is_own`: one's own orders that nobody has are to be counted beside. `is_advertised`: only what the actor spent on.
    """

    family: str
    filters: tuple[tuple[Dimension, Any], ...]
    is_own: bool = False
    is_advertised: bool = False


def kept_question(
    source: Source,
    measures: Sequence[Measure],
    *,
    by: Sequence[Dimension],
    filters: Mapping[Dimension, Any],
    basis: Basis,
    limit: str,
    actor: Actor,
) -> KeptQuestion | None:
    """How kept sums answer for these measures of a source; None where the rows themselves must be counted.

    `limit` is the condition under which rows count for the actor. One's own rows are those under one's name, and orders
    that one entered while nobody has them.
    """
    if Dimension.DAY in filters or not all(is_kept(measure, basis) for measure in measures):
        return None
    asked = dict(filters)
    if limit == ADVERTISED:
        family = family_for({*by, *asked, Dimension.PRODUCT, Dimension.PLATFORM}, basis)
        return KeptQuestion(family, tuple(asked.items()), is_advertised=True) if family else None
    if limit:
        if limit != source.own or asked.get(Dimension.AGENT, actor.user_id) != actor.user_id:
            return None
        asked[Dimension.AGENT] = actor.user_id
    family = family_for({*by, *asked}, basis)
    return KeptQuestion(family, tuple(asked.items()), is_own=bool(limit)) if family else None


def kept_sums(
    question: KeptQuestion,
    measures: Sequence[Measure],
    *,
    by: Sequence[Dimension],
    basis: Basis,
    period: Period,
    actor: Actor,
) -> list[tuple[Any, ...]] | None:
    """Rows of the keys of `by` and the measures' sums over the days of the period; a row of None without any.

    Where they are older than figures should be (`KEPT_SUMS_LAG_SECONDS`) the reader catches up, for a while. After a
    large import that is not enough: they are shown as they stand, and `figures_of` says so. None when that is too long
    ago. Figures never fail for want of kept sums: the rows are there.
    """
    columns = [_read(dimension) for dimension in by]
    conditions, parameters = _conditions(question.filters)
    if question.is_advertised:
        conditions += f" AND {spent_on('product_id', 'platform')}"
    group = f"GROUP BY {', '.join(str(place) for place in range(1, len(columns) + 1))}" if columns else ""
    sums = [f"sum({measure.slug})" for measure in measures]
    # One moment tells the sums and how old they are. Identifiers are of this project's own tables.
    sql = f"""
        SELECT COALESCE(clock_timestamp() - oldest.at, interval '0'), found.*
        FROM (SELECT (SELECT at FROM insights_rowchange ORDER BY id LIMIT 1) AS at) AS oldest
        LEFT JOIN (
            SELECT {", ".join([*columns, *sums])} FROM insights_dailysum AS kept
            WHERE family = %(family)s AND basis = %(basis)s AND day BETWEEN %(first)s AND %(last)s {conditions} {group}
        ) AS found ON true
    """  # noqa: S608
    parameters |= {
        "family": question.family,
        "basis": basis.value,
        "first": period.first,
        "last": period.last,
        "me": actor.user_id,
    }
    return _fresh_rows(sql, parameters)


def figures_of() -> datetime | None:
    """Where figures are told by sums that follow late: the moment at which these stand. None where they are of now."""
    found = RowChange.objects.order_by("id").values_list("at", flat=True).first()
    return found if found and TOLD_FROM < now() - found <= MOST_BEHIND else None


def _fresh_rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]] | None:
    """The rows of a statement whose first column says how old they are; None where that is too old."""
    until, lag = time.monotonic() + MOST_SECONDS, timedelta(seconds=settings.KEPT_SUMS_LAG_SECONDS)
    while True:
        with reading().cursor() as cursor:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
        age = rows[0][0]
        if age > lag and time.monotonic() <= until and _caught_up():
            continue
        return None if age > MOST_BEHIND else [row[1:] for row in rows]


def _caught_up() -> bool:
    """Whether something was added. Nothing is tried where more waits than is added at once."""
    if is_far_behind():
        return False
    try:
        keep_sums()
    except Busy:
        return False
    except DatabaseError:
        logger.exception("kept sums could not follow")
        return False
    return True


def _read(dimension: Dimension) -> str:
    if dimension is Dimension.DAY:
        return "day"
    if dimension is Dimension.WEEKDAY:
        return weekday_of("day")
    if dimension is Dimension.CAMPAIGN:
        return campaign_of("kept.platform", "kept.campaign")
    return COLUMNS[dimension]


def _conditions(filters: Iterable[tuple[Dimension, Any]]) -> tuple[str, dict[str, Any]]:
    parts, parameters = [], {}
    for dimension, value in filters:
        column, name = _read(dimension), f"f_{dimension.value}"
        parts.append(f"AND {column} IS NULL" if value is None else f"AND {column} = %({name})s")
        parameters[name] = value
    return " ".join(parts), parameters
