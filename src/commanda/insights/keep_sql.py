"""The statement that counts days anew for `DailySum`, made of the same sources and measures as everything else.

It gathers the orders of the days once, with the lines' shares, tells facts (what each row adds to which sum, under
which keys), and adds them up under all families at one go.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from commanda.finance.cost_sql import COST_PERIODS, FEE_PERIODS, LINE_COSTS
from commanda.insights.families import COLUMNS, KEPT_SOURCES, families_of, is_kept
from commanda.insights.measures import CALLS, CONTACT, GOODS, MEASURES, Dimension, Measure, Source, day_of
from commanda.insights.statements import Basis, key_of, stamp_of, value_of

_ROWS: Final = "orders_order AS o"
_KEYS: Final = [dimension for dimension in COLUMNS if dimension is not Dimension.PRODUCT]
# Looked up once for each order, not once for each fact.
_LOOKED_UP: Final = (Dimension.CARRIER, Dimension.SOURCE)
_SLUGS: Final = [slug for slug, measure in MEASURES.items() if measure.source in KEPT_SOURCES]
_ORDER_STAMPS: Final = ("o.created_at", CONTACT, "o.confirmed_at", "o.shipped_at", "o.delivered_at", "o.returned_at",
                        "o.cancelled_at")  # fmt: skip
_OF_OTHER_ROWS: Final = (
    ("confirmation_call", "called_at"),
    ("shipping_parcel", "closed_at"),
    ("finance_commissionentry", "made_at"),
)

STATEMENT: Final = """
WITH touched AS MATERIALIZED (
    SELECT o.*, {looked_up} FROM orders_order AS o WHERE o.id IN ({ids})
),
line_share AS MATERIALIZED (
    SELECT weighed.order_id, variant.product_id, weighed.weight,
           sum(weighed.weight) OVER (PARTITION BY weighed.order_id ORDER BY weighed.id) AS upto,
           sum(weighed.weight) OVER (PARTITION BY weighed.order_id) AS whole
    FROM (
        SELECT line.id, line.order_id, line.variant_id,
               CASE WHEN sum(line.total_amount) OVER (PARTITION BY line.order_id) = 0 THEN line.quantity
                    ELSE line.total_amount END AS weight
        FROM orders_orderline AS line WHERE line.order_id IN (SELECT id FROM touched)
    ) AS weighed JOIN catalog_variant AS variant ON variant.id = weighed.variant_id
),
product_share AS MATERIALIZED (SELECT DISTINCT order_id, product_id FROM line_share),
fee_period AS MATERIALIZED ({fees}),
cost_period AS MATERIALIZED ({costs}),
sold AS MATERIALIZED (
    SELECT line.id AS line_id, line.variant_id, line.quantity, variant.product_id, line.order_id,
           {sold_on} AS sold_on
    FROM touched AS o
    JOIN orders_orderline AS line ON line.order_id = o.id
    JOIN catalog_variant AS variant ON variant.id = line.variant_id
    WHERE o.stage = 'delivered'
),
line_cost AS MATERIALIZED ({line_costs}),
fact AS ({facts}),
product_fact AS ({product_facts})
INSERT INTO insights_dailysum (family, basis, day, {columns})
SELECT CASE GROUPING({grouped}) {names} END, '{basis}', day, NULL::bigint, {keys}, {sums}
FROM fact WHERE {in_days} GROUP BY GROUPING SETS ({sets})
UNION ALL
SELECT 'product', '{basis}', day, product_id, {product_keys}, {product_sums}
FROM product_fact WHERE {in_days} GROUP BY day, product_id, platform
"""


@cache
def keep_statement(basis: Basis, spans: int) -> str:
    """The statement for so many spans of days: parameters `start0`, `end0`, … (instants), `days` (an array)."""
    families = {name: keys for name, keys in families_of(basis).items() if Dimension.PRODUCT not in keys}
    columns = [COLUMNS[dimension] for dimension in _KEYS]
    grouped = [COLUMNS[dimension] for dimension in _KEYS if any(dimension in keys for keys in families.values())]
    names, sets = [], []
    for name, keys in families.items():
        told = [COLUMNS[dimension] for dimension in _KEYS if dimension in keys]
        bits = sum(1 << (len(grouped) - 1 - place) for place, column in enumerate(grouped) if column not in told)
        names.append(f"WHEN {bits} THEN '{name}'")
        sets.append(f"({', '.join(['day', *told])})")
    return STATEMENT.format(
        looked_up=", ".join(f"{key_of(KEPT_SOURCES[0], key, '')} AS kept_{key.value}" for key in _LOOKED_UP),
        ids=" UNION ".join(_ids(basis, spans)),
        fees=FEE_PERIODS,
        costs=COST_PERIODS,
        sold_on=day_of("o.delivered_at"),
        line_costs=LINE_COSTS,
        facts=" UNION ALL ".join(_facts(basis, of_products=False)),
        product_facts=" UNION ALL ".join(_facts(basis, of_products=True)),
        columns=", ".join(["product_id", *columns, *_SLUGS]),
        grouped=", ".join(grouped),
        names=" ".join(names),
        basis=basis.value,
        keys=_with_nulls(grouped, columns),
        sums=", ".join(_kept_sum(slug, basis) for slug in _SLUGS),
        in_days="day = ANY(%(days)s)",
        sets=", ".join(sets),
        product_keys=_with_nulls([COLUMNS[Dimension.PLATFORM]], columns),
        product_sums=", ".join(f"sum({slug})" for slug in _SLUGS),
    )


def _ids(basis: Basis, spans: int) -> Iterator[str]:
    """The orders that something of the days is told of."""

    def within(stamp: str) -> str:
        return " OR ".join(f"({stamp} >= %(start{n})s AND {stamp} < %(end{n})s)" for n in range(spans))

    for stamp in _ORDER_STAMPS if basis is Basis.EVENT else _ORDER_STAMPS[:1]:
        yield f"SELECT o.id FROM {_ROWS} WHERE {within(stamp)}"  # noqa: S608 - constants of this module
    if basis is Basis.EVENT:
        for table, stamp in _OF_OTHER_ROWS:
            yield f"SELECT order_id FROM {table} WHERE {within(stamp)}"  # noqa: S608


def _facts(basis: Basis, *, of_products: bool) -> Iterator[str]:
    """One SELECT for each source, instant and way of sharing; its columns: day, keys, all sums."""
    groups: dict[tuple[str, str, str, bool], list[Measure]] = {}
    for measure in MEASURES.values():
        if is_kept(measure, basis):
            source = measure.source
            group = (source.rows, source.where, stamp_of(source, measure.happened, basis), measure.is_shared)
            # Goods have their own rows; and without products nothing is shared.
            name = (source.slug if source is GOODS else group[0], *group[1:3], of_products and measure.is_shared)
            groups.setdefault(name, []).append(measure)
    for (_name, where, stamp, is_shared), measures in groups.items():
        told = {measure.slug: _told(measure, is_shared=is_shared, of_products=of_products) for measure in measures}
        columns = [f"{day_of(stamp)} AS day", *_fact_keys(measures[0].source, stamp, of_products=of_products)]
        columns += [f"{told.get(slug, 'NULL::numeric')} AS {slug}" for slug in _SLUGS]
        if not of_products:
            columns += [_by_agent(measure, is_told=measure in measures) for measure in _distinct(basis)]
        rows = _fact_rows(measures[0].source, is_shared=is_shared, of_products=of_products)
        yield f"SELECT {', '.join(columns)} FROM {rows} WHERE {where}"  # noqa: S608


def _distinct(basis: Basis) -> Sequence[Measure]:
    return [measure for measure in MEASURES.values() if measure.is_distinct and is_kept(measure, basis)]


def _fact_rows(source: Source, *, is_shared: bool, of_products: bool) -> str:
    if source is GOODS:
        return "touched AS o JOIN sold ON sold.order_id = o.id JOIN line_cost ON line_cost.line_id = sold.line_id"
    rows = source.rows.replace(_ROWS, "touched AS o")
    if not of_products:
        return rows
    return f"{rows} JOIN {'line_share' if is_shared else 'product_share'} AS share ON share.order_id = o.id"


def _fact_keys(source: Source, stamp: str, *, of_products: bool) -> Iterator[str]:
    if of_products:
        yield f"{'sold' if source is GOODS else 'share'}.product_id"
        yield key_of(source, Dimension.PLATFORM, stamp)
        return
    for key in _KEYS:
        told = key_of(source, key, stamp)
        is_looked_up = key in _LOOKED_UP and told == key_of(KEPT_SOURCES[0], key, stamp)
        yield f"{f'o.kept_{key.value}' if is_looked_up else told} AS {COLUMNS[key]}"


def _told(measure: Measure, *, is_shared: bool, of_products: bool) -> str:
    if measure.is_distinct:
        return _first_of(measure, "share.product_id" if of_products else "")
    return f"CASE WHEN {measure.condition} THEN {value_of(measure, is_shared)} END"


def _by_agent(measure: Measure, *, is_told: bool) -> str:
    told = _first_of(measure, key_of(CALLS, Dimension.AGENT, "")) if is_told else "NULL::numeric"
    return f"{told} AS {measure.slug}_by_agent"


def _first_of(measure: Measure, within: str) -> str:
    """1 for the first row of a value, 0 for its others: added up, these are how many different ones there are."""
    parts = f"{measure.value}, {within}" if within else measure.value
    return f"(row_number() OVER (PARTITION BY {parts}) = 1)::int"


def _kept_sum(slug: str, basis: Basis) -> str:
    if MEASURES[slug] not in _distinct(basis):
        return f"sum({slug})"
    agent = COLUMNS[Dimension.AGENT]
    return f"CASE WHEN GROUPING({agent}) = 0 THEN sum({slug}_by_agent) ELSE sum({slug}) END"


def _with_nulls(told: Sequence[str], columns: Sequence[str]) -> str:
    """The columns, null where they are not told apart."""
    texts = {COLUMNS[key] for key in (Dimension.PLATFORM, Dimension.CHANNEL)}
    return ", ".join(
        column if column in told else f"NULL::{'text' if column in texts else 'bigint'}" for column in columns
    )
