"""Builds the one SQL statement that sums the measures of a source, grouped, filtered and limited as asked.

Every identifier and expression comes from `measures.py`; values only ever travel as parameters.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from commanda.finance.cost_sql import COST_PERIODS, LINE_COSTS
from commanda.insights.measures import ADVERTISED, GOODS, Dimension, Measure, Source, day_of, hour_of, weekday_of


class Basis(StrEnum):
    """By cohort: what became of the orders created in the period. By event: what happened in the period."""

    COHORT = "cohort"
    EVENT = "event"


# Each product of an order once.
PRODUCTS_OF_ORDER: Final = """
CROSS JOIN LATERAL (
    SELECT DISTINCT variant.product_id
    FROM orders_orderline AS line JOIN catalog_variant AS variant ON variant.id = line.variant_id
    WHERE line.order_id = o.id
) AS share
"""
# Each line of an order with its weight: its total, or its quantity where the whole order is free.
SHARES_OF_ORDER: Final = """
CROSS JOIN LATERAL (
    SELECT variant.product_id, weighed.weight,
           sum(weighed.weight) OVER (ORDER BY weighed.id) AS upto,
           sum(weighed.weight) OVER () AS whole
    FROM (
        SELECT line.id, line.variant_id,
               CASE WHEN sum(line.total_amount) OVER () = 0 THEN line.quantity ELSE line.total_amount END AS weight
        FROM orders_orderline AS line WHERE line.order_id = o.id
    ) AS weighed JOIN catalog_variant AS variant ON variant.id = weighed.variant_id
) AS share
"""
# The lines of orders with what their units cost; `keys` are carried along.
GOODS_ROWS: Final = f"""
WITH cost_period AS ({COST_PERIODS}),
sold AS (
    SELECT line.id AS line_id, line.variant_id, line.quantity, {day_of("o.delivered_at")} AS sold_on{{keys}}
    FROM orders_order AS o
    JOIN orders_orderline AS line ON line.order_id = o.id
    JOIN catalog_variant AS variant ON variant.id = line.variant_id
    WHERE {{where}}
),
line_cost AS ({LINE_COSTS})
SELECT {{columns}} FROM sold JOIN line_cost ON line_cost.line_id = sold.line_id {{rest}}
"""  # noqa: S608 - put together from constants of this module only


def statement(
    source: Source,
    measures: Sequence[Measure],
    *,
    by: Sequence[Dimension],
    filters: Mapping[Dimension, Any],
    basis: Basis,
    limit: str,
) -> tuple[str, dict[str, Any]]:
    """SQL and parameters; its columns are the keys of `by`, then the measures. The source must have the keys.

    `limit` is a further condition. The caller adds `start` and `end` (instants), `first` and `last` (days) and `me`
    to the parameters.
    """
    build = _goods if source is GOODS else _union
    return build(source, measures, by, filters, basis, limit)


def has_keys(source: Source, dimensions: Iterable[Dimension]) -> bool:
    """Whether the source's rows can be told apart by all of these."""
    return all(_has(source, dimension) for dimension in dimensions)


def _has(source: Source, dimension: Dimension) -> bool:
    if dimension is Dimension.PRODUCT:
        return not source.is_dated or dimension in source.keys
    if dimension is Dimension.HOUR:
        return not source.is_dated
    return dimension in (Dimension.DAY, Dimension.WEEKDAY) or dimension in source.keys


def stamp_of(source: Source, happened: str, basis: Basis) -> str:
    """The instant by which a row counts: by cohort that of its order, otherwise when it happened."""
    return "o.created_at" if basis is Basis.COHORT and not source.is_dated else happened


def key_of(source: Source, dimension: Dimension, stamp: str) -> str:
    """What a row of the source is told apart by."""
    if dimension is Dimension.DAY:
        return stamp if source.is_dated else day_of(stamp)
    if dimension is Dimension.WEEKDAY:
        return weekday_of(key_of(source, Dimension.DAY, stamp))
    if dimension is Dimension.HOUR:
        return hour_of(stamp)
    if dimension is Dimension.PRODUCT and not source.is_dated:
        return "variant.product_id" if source is GOODS else "share.product_id"
    return source.keys[dimension]


def _where(source: Source, stamp: str, filters: Mapping[Dimension, Any], limit: str) -> tuple[str, dict[str, Any]]:
    span = (
        f"{stamp} BETWEEN %(first)s AND %(last)s" if source.is_dated else f"{stamp} >= %(start)s AND {stamp} < %(end)s"
    )
    conditions = [span, source.where]
    parameters: dict[str, Any] = {}
    for dimension, value in filters.items():
        key = key_of(source, dimension, stamp)
        conditions.append(f"{key} IS NULL" if value is None else f"{key} = %({dimension.value})s")
        parameters[dimension.value] = value
    if limit:
        conditions.append(limit)
    return " AND ".join(conditions), parameters


def _union(
    source: Source,
    measures: Sequence[Measure],
    by: Sequence[Dimension],
    filters: Mapping[Dimension, Any],
    basis: Basis,
    limit: str,
) -> tuple[str, dict[str, Any]]:
    """One SELECT for each instant that counts; together they are summed once more."""
    stamps = dict.fromkeys(stamp_of(source, measure.happened, basis) for measure in measures)
    is_shared = (Dimension.PRODUCT in (*by, *filters) or limit == ADVERTISED) and not source.is_dated
    share = _share(measures[0]) if is_shared else ""
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    for stamp in stamps:
        where, parameters = _where(source, stamp, filters, limit)
        columns = [f"{key_of(source, dimension, stamp)} AS {dimension.value}" for dimension in by]
        columns += [
            aggregate(measure, is_shared) if stamp_of(source, measure.happened, basis) == stamp else "NULL::numeric"
            for measure in measures
        ]
        columns[len(by) :] = [f"{column} AS m{place}" for place, column in enumerate(columns[len(by) :])]
        parts.append(f"SELECT {', '.join(columns)} FROM {source.rows} {share} WHERE {where} {_group(by)}")  # noqa: S608
    if len(parts) == 1:
        return f"{source.with_sql} {parts[0]}", parameters
    names = [dimension.value for dimension in by]
    sums = [f"sum(m{place})" for place in range(len(measures))]
    whole = " UNION ALL ".join(f"({part})" for part in parts)
    return f"{source.with_sql} SELECT {', '.join([*names, *sums])} FROM ({whole}) AS part {_group(by)}", parameters  # noqa: S608


def aggregate(measure: Measure, is_shared: bool) -> str:
    """The measure as an aggregate; `is_shared`: over the products of orders (`SHARES_OF_ORDER`)."""
    if measure.is_distinct:
        return f"count(DISTINCT {measure.value})"
    matching = "" if measure.condition == "true" else f" FILTER (WHERE {measure.condition})"
    return f"sum({value_of(measure, is_shared)}){matching}"


def value_of(measure: Measure, is_shared: bool) -> str:
    """What one row adds; `is_shared`: one line's share of it, of which `share` has the weights."""
    if not (is_shared and measure.is_shared):
        return measure.value
    upto = f"round(({measure.value}) * share.upto / share.whole, 2)"
    before = f"round(({measure.value}) * (share.upto - share.weight) / share.whole, 2)"
    return f"{upto} - {before}"


def _share(measure: Measure) -> str:
    return SHARES_OF_ORDER if measure.is_shared else PRODUCTS_OF_ORDER


def _group(by: Sequence[Dimension]) -> str:
    return f"GROUP BY {', '.join(str(place) for place in range(1, len(by) + 1))}" if by else ""


def _goods(
    source: Source,
    measures: Sequence[Measure],
    by: Sequence[Dimension],
    filters: Mapping[Dimension, Any],
    basis: Basis,
    limit: str,
) -> tuple[str, dict[str, Any]]:
    stamp = stamp_of(source, source.stamp, basis)
    where, parameters = _where(source, stamp, filters, limit)
    columns = [f"sold.{dimension.value}" for dimension in by]
    columns += [aggregate(measure, is_shared=False) for measure in measures]
    keys = "".join(f", {key_of(source, dimension, stamp)} AS {dimension.value}" for dimension in by)
    return GOODS_ROWS.format(keys=keys, where=where, columns=", ".join(columns), rest=_group(by)), parameters


def rows_statement(
    measure: Measure, *, filters: Mapping[Dimension, Any], basis: Basis, limit: str
) -> tuple[str, dict[str, Any]]:
    """SQL and parameters for what one measure is the sum of: the rows' ids, when each happened, what it adds.

    One row for each order (of dated sources, for each of their own). Parameters as in `statement`; the source must
    have the filters' keys.
    """
    source = measure.source
    happened = stamp_of(source, measure.happened, basis)
    where, parameters = _where(source, happened, filters, limit)
    if source is GOODS:
        keys = f", o.id AS row_id, {happened} AS at"
        columns = f"sold.row_id, min(sold.at) AS at, sum({measure.value}) AS value"
        rest = f"WHERE {measure.condition} GROUP BY sold.row_id"
        return GOODS_ROWS.format(keys=keys, where=where, columns=columns, rest=rest), parameters
    is_shared = Dimension.PRODUCT in filters and not source.is_dated
    value = "1" if measure.is_distinct else f"sum({value_of(measure, is_shared)})"
    return (
        f"{source.with_sql} SELECT {source.row} AS row_id, min({happened}) AS at, {value} AS value "  # noqa: S608
        f"FROM {source.rows} {_share(measure) if is_shared else ''} "
        f"WHERE {where} AND {measure.condition} GROUP BY {source.row}"
    ), parameters
