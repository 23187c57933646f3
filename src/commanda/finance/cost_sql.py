"""What goods and deliveries cost, as SQL that others join: the cost valid on a day, from whole sets.

Only code that has checked the right to see costs may use these.
"""

from typing import Final

# Each cost with the days on which it is valid: from `valid_from_on` to before `until_on` (NULL: still).
COST_PERIODS: Final = """
SELECT variant_id, amount, valid_from_on,
       lead(valid_from_on) OVER (PARTITION BY variant_id ORDER BY valid_from_on) AS until_on
FROM finance_productcost
"""

FEE_PERIODS: Final = """
SELECT carrier_id, delivered_amount, returned_amount, valid_from_on,
       lead(valid_from_on) OVER (PARTITION BY carrier_id ORDER BY valid_from_on) AS until_on
FROM finance_carrierfee
"""


def valid_on(period: str, day: str) -> str:
    """The condition that `period` (an alias of the above) covers `day` (an expression)."""
    return f"{day} >= {period}.valid_from_on AND ({period}.until_on IS NULL OR {day} < {period}.until_on)"


# Wants in scope: `cost_period` (COST_PERIODS) and `sold (line_id, variant_id, quantity, sold_on)`.
# Yields for each sold line what its units cost, MAD, and whether every cost of it was known. A bundle costs what was
# set for the bundle itself, otherwise the sum of its parts as they were when ordered. What has no cost counts nothing.
LINE_COSTS: Final = f"""
SELECT sold.line_id,
       sold.quantity * COALESCE(own.amount, parts.amount, 0) AS amount,
       own.amount IS NOT NULL OR COALESCE(parts.is_known, false) AS is_known
FROM sold
LEFT JOIN cost_period AS own ON own.variant_id = sold.variant_id AND {valid_on("own", "sold.sold_on")}
LEFT JOIN (
    SELECT whole.line_id,
           sum(part.quantity * cost.amount) AS amount,
           bool_and(cost.amount IS NOT NULL) AS is_known
    FROM sold AS whole
    JOIN orders_linecomponent AS part ON part.line_id = whole.line_id
    LEFT JOIN cost_period AS cost
        ON cost.variant_id = part.variant_id AND {valid_on("cost", "whole.sold_on")}
    GROUP BY whole.line_id
) AS parts ON parts.line_id = sold.line_id
"""  # noqa: S608 - put together from constants of this module only
