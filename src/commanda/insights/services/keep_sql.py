"""The statement by which kept sums follow the rows, made of the same sources and measures as everything else.

`insights_rowchange` says which rows changed since the last time, and what they were before. The orders concerned are
looked at twice: as they are (`sign` 1), and as they were (`sign` −1, and their ids negative, too). Facts (what each row
adds to which sum, on which days and under which keys) are told of both, and their difference is added to what is kept.
All of it is one statement, so that it sees one moment.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from django.db.models import DecimalField

from commanda.finance.cost_sql import COST_PERIODS, FEE_PERIODS, LINE_COSTS
from commanda.insights.families import COLUMNS, EDITION, FAMILIES, KEPT_SOURCES, ONLY_BY_COHORT
from commanda.insights.measures import (
    CALLS,
    CAMPAIGN_TEXT,
    FEE_HOLDS,
    GOODS,
    IS_FIRST,
    MEASURES,
    Dimension,
    Measure,
    Source,
    day_of,
    hour_of,
)
from commanda.insights.models import DailySum
from commanda.insights.services.keep_text import BOOK, CHANGED, FACTS, UPSERT, VERSIONS, WHOLE
from commanda.insights.statements import Basis, key_of, value_of

_COLUMNS: Final = [COLUMNS[dimension] for dimension in COLUMNS]
_KEYS: Final = [dimension for dimension in COLUMNS if dimension is not Dimension.PRODUCT]
_OF_PRODUCTS: Final = {name: keys for name, keys in FAMILIES.items() if Dimension.PRODUCT in keys}
_SLUGS: Final = [slug for slug, measure in MEASURES.items() if measure.source in KEPT_SOURCES]
# By event, different values do not add up over days; see `families.is_kept`.
_DISTINCT: Final = [MEASURES[slug] for slug in _SLUGS if MEASURES[slug].is_distinct]
_ROWS: Final = "orders_order AS o"
# Kept as orders have them; which campaign a text means is looked up when it is read.
_LOOKED_UP: Final = {Dimension.CARRIER: "o.kept_carrier", Dimension.CAMPAIGN: CAMPAIGN_TEXT}
# Table → its name among the versions, and the columns that measures and keys use, besides `id` and `order_id`.
_VERSIONED: Final = {
    "orders_orderline": ("line", "variant_id, quantity, total_amount"),
    "confirmation_call": ("call", "agent_id, medium, undone_at, called_at, is_answered"),
    "shipping_parcel": ("parcel", "carrier_id, status, is_current, closed_at"),
    "finance_commissionentry": ("entry", "agent_id, amount, made_at"),
}
# What the triggers keep of an order that changes (migration 0002); besides its id.
_OF_ORDERS: Final = (
    "customer_id, stage, state_id, reason_id, assignee_id, platform, campaign, city_id, channel, store_id, "
    "total_amount, promised_on, created_at, contacted_at, confirmed_at, shipped_at, delivered_at, returned_at, "
    "cancelled_at"
)


@cache
def keep_statement() -> str:
    """Take the changes of the orders `ids` and of the prices `prices` (ids of changes), and add their difference."""
    versions = ", ".join(
        VERSIONS.format(table=table, name=name, now=_prefixed("t", columns), was=_prefixed("b", columns))
        for table, (name, columns) in _VERSIONED.items()
    )
    changed = CHANGED.format(orders=_prefixed("o", f"id, {_OF_ORDERS}"), orders_but_id=_prefixed("o", _OF_ORDERS))
    return f"WITH {changed}, {versions}, {_facts_sql(is_whole=False)} {_upsert()}"


@cache
def book_statement() -> str:
    """The kept sums that are not what the rows come to, over everything; nothing may be waiting to be kept."""
    versions = ", ".join(
        f"{name}_version AS MATERIALIZED (SELECT 1 AS sign, id, order_id, {columns} FROM {table})"  # noqa: S608 - own names
        for table, (name, columns) in _VERSIONED.items()
    )
    whole = WHOLE.format(orders=_prefixed("o", f"id, {_OF_ORDERS}"))
    book = BOOK.format(
        keys=", ".join(["family", "basis", "day", *_COLUMNS]),
        sums=", ".join(f"COALESCE(sum({slug}), 0) AS {slug}" for slug in _SLUGS),
        is_any=_is_any(),
        is_kept=_is_kept(),
    )
    return f"WITH {whole}, {versions}, {_facts_sql(is_whole=True)} {book}"


def _facts_sql(*, is_whole: bool) -> str:
    now = {"sold": "sold_now", "cost_period": "cost_now", "orders_linecomponent": "component_now"}
    before = {"sold": "sold_before", "cost_period": "cost_before", "orders_linecomponent": "component_before"}
    costs = _renamed(LINE_COSTS, now)
    if not is_whole:
        costs += f" UNION ALL {_renamed(LINE_COSTS, before)}"
    return FACTS.format(
        cost_now=COST_PERIODS,
        cost_before=COST_PERIODS.replace("finance_productcost", "cost_version"),
        fee_now=FEE_PERIODS,
        fee_before=FEE_PERIODS.replace("finance_carrierfee", "fee_version"),
        sold_on=day_of("o.delivered_at"),
        line_costs=costs,
        facts=" UNION ALL ".join(_facts(of_products=False)),
        product_facts=" UNION ALL ".join(_facts(of_products=True)),
        difference=_difference(),
    )


def _difference() -> str:
    """The facts added up under every family and basis."""
    whole = {name: keys for name, keys in FAMILIES.items() if Dimension.PRODUCT not in keys}
    sums = [_kept_sum(slug) for slug in _SLUGS]
    return f"{_added_up('based', whole, sums)} UNION ALL {_added_up('product_based', _OF_PRODUCTS, _product_sums())}"


def _added_up(facts: str, families: Mapping[str, frozenset[Dimension]], sums: Sequence[str]) -> str:
    grouped = [COLUMNS[key] for key in COLUMNS if any(key in keys for keys in families.values())]
    names, sets = [], []
    for name, keys in families.items():
        told = [COLUMNS[key] for key in COLUMNS if key in keys]
        bits = sum(1 << (len(grouped) - 1 - place) for place, column in enumerate(grouped) if column not in told)
        names.append(f"WHEN {bits} THEN '{name}'")
        sets.append(f"({', '.join(['basis', 'day', *told])})")
    return (
        f"SELECT CASE GROUPING({', '.join(grouped)}) {' '.join(names)} END AS family, basis, day, "  # noqa: S608
        f"{_with_nulls(grouped)}, {', '.join(sums)} FROM {facts} GROUP BY GROUPING SETS ({', '.join(sets)})"
    )


def _upsert() -> str:
    keys = ", ".join(["family", "basis", "day", *_COLUMNS])
    return UPSERT.format(
        keys=keys,
        edition=EDITION,
        slugs=", ".join(_SLUGS),
        is_any=_is_any(),
        is_kept=_is_kept(),
        added=", ".join(f"{slug} = COALESCE(kept.{slug}, 0) + COALESCE(EXCLUDED.{slug}, 0)" for slug in _SLUGS),
    )


def _is_kept() -> str:
    names = ", ".join(f"'{name}'" for name in ONLY_BY_COHORT)
    return f"NOT (basis = '{Basis.EVENT}' AND family IN ({names}))"


def _is_any() -> str:
    return " OR ".join(f"{slug} <> 0" for slug in _SLUGS)


def _facts(*, of_products: bool) -> Iterator[str]:
    """One SELECT for each source, instant and way of sharing."""
    groups: dict[tuple[str, str, str, bool], list[Measure]] = {}
    for measure in (MEASURES[slug] for slug in _SLUGS):
        source = measure.source
        # Goods have their own rows; and without products nothing is shared.
        rows = source.slug if source is GOODS else source.rows
        group = (rows, source.where, measure.happened, of_products and measure.is_shared)
        groups.setdefault(group, []).append(measure)
    for (_name, where, stamp, is_shared), measures in groups.items():
        source = measures[0].source
        told = {measure.slug: _told(measure, is_shared=is_shared, of_products=of_products) for measure in measures}
        columns = [
            "o.sign AS sign",
            f"{day_of('o.created_at')} AS cohort_day",
            f"{day_of(stamp)} AS event_day",
            *_fact_keys(source, stamp, of_products=of_products),
            *(f"{told.get(slug, f'NULL::{_type(slug)}')} AS {slug}" for slug in _SLUGS),
        ]
        if not of_products:
            columns += [_by_agent(measure, is_told=measure in measures) for measure in _DISTINCT]
        rows = _fact_rows(source, is_shared=is_shared, of_products=of_products)
        yield f"SELECT {', '.join(columns)} FROM {rows} WHERE {where} AND {stamp} IS NOT NULL"  # noqa: S608


def _fact_rows(source: Source, *, is_shared: bool, of_products: bool) -> str:
    if source is GOODS:
        return "touched AS o JOIN sold ON sold.order_id = o.id JOIN line_cost ON line_cost.line_id = sold.line_id"
    rows = source.rows
    for table, (name, _columns) in _VERSIONED.items():
        rows = rows.replace(f"{table} AS {name}", f"{name}_version AS {name}")
    rows = rows.replace(_ROWS, "touched AS o").replace(FEE_HOLDS, f"{FEE_HOLDS} AND fee.sign = parcel.sign")
    if not of_products:
        return rows
    share = "line_share" if is_shared else "product_share"
    return f"{rows} JOIN {share} AS share ON share.order_id = o.id"


def _fact_keys(source: Source, stamp: str, *, of_products: bool) -> Iterator[str]:
    if of_products:
        yield f"{'sold' if source is GOODS else 'share'}.product_id"
    for key in _KEYS:
        if of_products and not any(key in keys for keys in _OF_PRODUCTS.values()):
            continue
        if key is Dimension.HOUR:
            yield f"{hour_of('o.created_at')} AS cohort_hour"
            yield f"{hour_of(stamp)} AS event_hour"
            continue
        told = key_of(source, key, stamp)
        is_of_order = told == key_of(KEPT_SOURCES[0], key, stamp)
        yield f"{_LOOKED_UP[key] if key in _LOOKED_UP and is_of_order else told} AS {COLUMNS[key]}"


def _told(measure: Measure, *, is_shared: bool, of_products: bool) -> str:
    if measure.is_distinct:
        return _first_of(measure, "share.product_id" if of_products else "")
    condition = measure.condition.replace(IS_FIRST, "o.kept_is_first")
    return f"CASE WHEN {condition} THEN ({value_of(measure, is_shared)})::{_type(measure.slug)} END"


def _type(slug: str) -> str:
    """How one row's value is held: sums of small whole numbers are the cheapest."""
    return "numeric" if isinstance(DailySum._meta.get_field(slug), DecimalField) else "int"


def _by_agent(measure: Measure, *, is_told: bool) -> str:
    told = _first_of(measure, key_of(CALLS, Dimension.AGENT, "")) if is_told else "NULL::int"
    return f"{told} AS {measure.slug}_by_agent"


def _first_of(measure: Measure, within: str) -> str:
    """1 for the first row of a value, 0 for its others: added up, these are how many different ones there are."""
    parts = ", ".join(filter(None, ("o.sign", measure.value, within)))
    return f"(row_number() OVER (PARTITION BY {parts}) = 1)::int"


def _kept_sum(slug: str) -> str:
    if MEASURES[slug] not in _DISTINCT:
        return f"sum(sign * {slug}) AS {slug}"
    by_agent, by_cohort = f"GROUPING({COLUMNS[Dimension.AGENT]}) = 0", f"FILTER (WHERE basis = '{Basis.COHORT}')"
    return (
        f"CASE WHEN {by_agent} THEN sum(sign * {slug}_by_agent) {by_cohort} "
        f"ELSE sum(sign * {slug}) {by_cohort} END AS {slug}"
    )


def _product_sums() -> list[str]:
    by_cohort = f" FILTER (WHERE basis = '{Basis.COHORT}')"
    return [f"sum(sign * {slug}){by_cohort if MEASURES[slug] in _DISTINCT else ''} AS {slug}" for slug in _SLUGS]


def _with_nulls(told: Sequence[str]) -> str:
    """The columns of keys, null where they are not told apart."""
    texts = {COLUMNS[key] for key in (Dimension.PLATFORM, Dimension.CAMPAIGN, Dimension.CHANNEL)}
    return ", ".join(
        column if column in told else f"NULL::{'text' if column in texts else 'bigint'} AS {column}"
        for column in _COLUMNS
    )


def _prefixed(prefix: str, columns: str) -> str:
    return ", ".join(f"{prefix}.{column}" for column in columns.split(", "))


def _renamed(sql: str, names: dict[str, str]) -> str:
    return re.sub("|".join(rf"\b{name}\b" for name in names), lambda found: names[found.group()], sql)
