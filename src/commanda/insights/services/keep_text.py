"""The fixed parts of the statement of `keep_sql`, in the order in which they follow one another."""

from typing import Final

# What is taken: every change of the orders looked at. A price that changed since they were chosen holds for others,
# too: then nothing is taken, and they are chosen again.
CHANGED: Final = """
taken AS (
    DELETE FROM insights_rowchange
    WHERE (order_id = ANY(%(ids)s::bigint[]) OR id = ANY(%(prices)s::bigint[]))
      AND NOT EXISTS (SELECT 1 FROM insights_rowchange WHERE order_id IS NULL AND id <> ALL(%(prices)s::bigint[]))
    RETURNING id, kind, row_id, was
),
is_now AS MATERIALIZED (
    SELECT 1 WHERE NOT EXISTS (
        SELECT 1 FROM insights_rowchange WHERE order_id IS NULL AND id <> ALL(%(prices)s::bigint[]))
),
first_was AS MATERIALIZED (
    SELECT DISTINCT ON (kind, row_id) kind, row_id, was FROM taken ORDER BY kind, row_id, id
),
order_now AS MATERIALIZED (
    SELECT {orders} FROM orders_order AS o WHERE o.id = ANY(%(ids)s::bigint[]) AND EXISTS (SELECT 1 FROM is_now)
),
order_version AS (
    SELECT 1 AS sign, o.id, {orders_but_id} FROM order_now AS o
    UNION ALL
    SELECT -1, -o.id, {orders_but_id} FROM order_now AS o
    LEFT JOIN first_was ON first_was.kind = 'orders_order' AND first_was.row_id = o.id
    WHERE first_was.row_id IS NULL
    UNION ALL
    SELECT -1, -o.id, {orders_but_id}
    FROM first_was CROSS JOIN LATERAL jsonb_populate_record(NULL::orders_order, first_was.was) AS o
    WHERE first_was.kind = 'orders_order' AND first_was.was IS NOT NULL
),
cost_version AS MATERIALIZED (
    SELECT t.variant_id, t.amount, t.valid_from_on FROM finance_productcost AS t
    LEFT JOIN first_was ON first_was.kind = 'finance_productcost' AND first_was.row_id = t.id
    WHERE first_was.row_id IS NULL
    UNION ALL
    SELECT b.variant_id, b.amount, b.valid_from_on
    FROM first_was CROSS JOIN LATERAL jsonb_populate_record(NULL::finance_productcost, first_was.was) AS b
    WHERE first_was.kind = 'finance_productcost' AND first_was.was IS NOT NULL
),
fee_version AS MATERIALIZED (
    SELECT t.carrier_id, t.delivered_amount, t.returned_amount, t.valid_from_on FROM finance_carrierfee AS t
    LEFT JOIN first_was ON first_was.kind = 'finance_carrierfee' AND first_was.row_id = t.id
    WHERE first_was.row_id IS NULL
    UNION ALL
    SELECT b.carrier_id, b.delivered_amount, b.returned_amount, b.valid_from_on
    FROM first_was CROSS JOIN LATERAL jsonb_populate_record(NULL::finance_carrierfee, first_was.was) AS b
    WHERE first_was.kind = 'finance_carrierfee' AND first_was.was IS NOT NULL
),
component_now AS MATERIALIZED (
    SELECT part.line_id, part.variant_id, part.quantity
    FROM orders_orderline AS line JOIN orders_linecomponent AS part ON part.line_id = line.id
    WHERE line.order_id = ANY(%(ids)s::bigint[])
),
component_before AS MATERIALIZED (
    SELECT -part.line_id AS line_id, part.variant_id, part.quantity
    FROM orders_orderline AS line JOIN orders_linecomponent AS part ON part.line_id = line.id
    LEFT JOIN first_was ON first_was.kind = 'orders_linecomponent' AND first_was.row_id = part.id
    WHERE line.order_id = ANY(%(ids)s::bigint[]) AND first_was.row_id IS NULL
    UNION ALL
    SELECT -b.line_id, b.variant_id, b.quantity
    FROM first_was CROSS JOIN LATERAL jsonb_populate_record(NULL::orders_linecomponent, first_was.was) AS b
    WHERE first_was.kind = 'orders_linecomponent' AND first_was.was IS NOT NULL
)
"""

# What the rows of one table that belong to orders are and were. What was has the ids of lines and orders negative: so
# one key joins what belongs together.
VERSIONS: Final = """
{name}_version AS MATERIALIZED (
    SELECT version.sign, version.sign * t.id AS id, version.sign * t.order_id AS order_id, {now} FROM {table} AS t
    LEFT JOIN first_was ON first_was.kind = '{table}' AND first_was.row_id = t.id
    CROSS JOIN (VALUES (1), (-1)) AS version (sign)
    WHERE t.order_id = ANY(%(ids)s::bigint[]) AND (version.sign = 1 OR first_was.row_id IS NULL)
    UNION ALL
    SELECT -1, -b.id, -b.order_id, {was}
    FROM first_was CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, first_was.was) AS b
    WHERE first_was.kind = '{table}' AND first_was.was IS NOT NULL
)
"""

# The same names where everything is looked at as it is.
WHOLE: Final = """
order_version AS (SELECT 1 AS sign, {orders} FROM orders_order AS o),
cost_version AS (SELECT * FROM finance_productcost),
fee_version AS (SELECT * FROM finance_carrierfee),
component_now AS (SELECT * FROM orders_linecomponent),
component_before AS (SELECT * FROM orders_linecomponent)
"""

FACTS: Final = """
touched AS MATERIALIZED (
    SELECT o.*, parcel.carrier_id AS kept_carrier,
           o.stage = 'delivered' AND row_number() OVER (
               PARTITION BY o.sign, o.customer_id, o.stage = 'delivered' ORDER BY o.delivered_at, o.id
           ) = 1 AS kept_is_first
    FROM order_version AS o
    LEFT JOIN parcel_version AS parcel ON parcel.order_id = o.id AND parcel.is_current
),
line_share AS MATERIALIZED (
    SELECT weighed.order_id, variant.product_id, weighed.weight,
           sum(weighed.weight) OVER (PARTITION BY weighed.order_id ORDER BY abs(weighed.id)) AS upto,
           sum(weighed.weight) OVER (PARTITION BY weighed.order_id) AS whole
    FROM (
        SELECT line.id, line.order_id, line.variant_id,
               CASE WHEN sum(line.total_amount) OVER (PARTITION BY line.order_id) = 0 THEN line.quantity
                    ELSE line.total_amount END AS weight
        FROM line_version AS line
    ) AS weighed JOIN catalog_variant AS variant ON variant.id = weighed.variant_id
),
product_share AS MATERIALIZED (SELECT DISTINCT order_id, product_id FROM line_share),
cost_now AS MATERIALIZED ({cost_now}),
cost_before AS MATERIALIZED ({cost_before}),
fee_period AS MATERIALIZED (
    SELECT 1 AS sign, fee.* FROM ({fee_now}) AS fee UNION ALL SELECT -1, fee.* FROM ({fee_before}) AS fee
),
sold AS MATERIALIZED (
    SELECT o.sign, line.id AS line_id, line.variant_id, line.quantity, variant.product_id, line.order_id,
           {sold_on} AS sold_on
    FROM touched AS o
    JOIN line_version AS line ON line.order_id = o.id
    JOIN catalog_variant AS variant ON variant.id = line.variant_id
    WHERE o.stage = 'delivered'
),
sold_now AS (SELECT * FROM sold WHERE sign = 1),
sold_before AS (SELECT * FROM sold WHERE sign = -1),
line_cost AS MATERIALIZED ({line_costs}),
fact AS ({facts}),
product_fact AS ({product_facts}),
based AS (
    SELECT fact.*, basis, CASE basis WHEN 'cohort' THEN cohort_day ELSE event_day END AS day,
           CASE basis WHEN 'cohort' THEN cohort_hour ELSE event_hour END AS hour
    FROM fact CROSS JOIN (VALUES ('cohort'), ('event')) AS based (basis)
),
product_based AS (
    SELECT product_fact.*, basis, CASE basis WHEN 'cohort' THEN cohort_day ELSE event_day END AS day
    FROM product_fact CROSS JOIN (VALUES ('cohort'), ('event')) AS based (basis)
),
difference AS ({difference})
"""

UPSERT: Final = """
INSERT INTO insights_dailysum AS kept ({keys}, edition, {slugs})
SELECT {keys}, {edition}, {slugs} FROM difference AS d WHERE {is_kept} AND ({is_any})
ON CONFLICT ({keys}) DO UPDATE SET edition = EXCLUDED.edition, {added}
"""

BOOK: Final = """
, counted AS MATERIALIZED (
    SELECT {keys}, {sums} FROM difference AS d WHERE {is_kept} GROUP BY {keys}
),
kept AS MATERIALIZED (SELECT {keys}, {sums} FROM insights_dailysum GROUP BY {keys})
SELECT * FROM (
    (SELECT 'counted' AS told_by, * FROM (SELECT * FROM counted EXCEPT SELECT * FROM kept) AS more)
    UNION ALL
    (SELECT 'kept', * FROM (SELECT * FROM kept EXCEPT SELECT * FROM counted) AS more)
) AS wrong WHERE {is_any}
"""
