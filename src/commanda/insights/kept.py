"""Reading kept sums: which questions they answer, and which days they may not answer for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings
from django.db import connection

from commanda.insights.families import COLUMNS, KEPT_SOURCES, family_for, is_kept
from commanda.insights.measures import Dimension, Measure, Source
from commanda.insights.periods import Period
from commanda.insights.statements import Basis
from commanda.kernel.actor import Actor

STALE: Final = """
SELECT DISTINCT day FROM insights_dirtyday
WHERE basis = %(basis)s AND day BETWEEN %(first)s AND %(last)s
  AND at < clock_timestamp() - make_interval(secs => %(lag)s)
ORDER BY day
"""


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """What kept sums can answer of a question. `rest`: the condition of rows that must be counted beside, if any."""

    family: str
    filters: Mapping[Dimension, Any]
    rest: str


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
    if source not in KEPT_SOURCES or not all(is_kept(measure, basis) for measure in measures):
        return None
    asked, rest = dict(filters), ""
    if limit:
        if limit != source.own or asked.get(Dimension.AGENT, actor.user_id) != actor.user_id:
            return None
        asked[Dimension.AGENT], rest = actor.user_id, source.own_unassigned
    family = family_for({*by, *asked}, basis)
    return None if family is None or Dimension.DAY in asked else KeptQuestion(family, asked, rest)


def stale_days(basis: Basis, period: Period) -> list[date]:
    """The days of which something changed longer ago than figures may lag behind (`KEPT_SUMS_LAG_SECONDS`)."""
    parameters = {
        "basis": basis.value,
        "first": period.first,
        "last": period.last,
        "lag": settings.KEPT_SUMS_LAG_SECONDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(STALE, parameters)
        return [day for (day,) in cursor.fetchall()]


def kept_sums(
    question: KeptQuestion,
    measures: Sequence[Measure],
    *,
    by: Sequence[Dimension],
    basis: Basis,
    period: Period,
    without: Sequence[date],
) -> list[tuple[Any, ...]]:
    """Rows of the keys of `by` and the measures' sums over the days of the period but those of `without`."""
    columns = ["day" if dimension is Dimension.DAY else COLUMNS[dimension] for dimension in by]
    conditions, parameters = _conditions(question.filters)
    group = f"GROUP BY {', '.join(columns)}" if columns else ""
    sums = [f"sum({measure.slug})" for measure in measures]
    # Identifiers are of this project's own tables.
    sql = f"""
        SELECT {", ".join([*columns, *sums])} FROM insights_dailysum
        WHERE family = %(family)s AND basis = %(basis)s AND day BETWEEN %(first)s AND %(last)s
          AND day <> ALL(%(without)s::date[]) {conditions} {group}
    """  # noqa: S608
    parameters |= {
        "family": question.family,
        "basis": basis.value,
        "first": period.first,
        "last": period.last,
        "without": list(without),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def _conditions(filters: Mapping[Dimension, Any]) -> tuple[str, dict[str, Any]]:
    parts, parameters = [], {}
    for dimension, value in filters.items():
        column = COLUMNS[dimension]
        parts.append(f"AND {column} IS NULL" if value is None else f"AND {column} = %(f_{column})s")
        parameters[f"f_{column}"] = value
    return " ".join(parts), parameters
