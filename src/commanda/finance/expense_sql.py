"""What each day costs, as SQL that others join: expenses spread over their days, exact to the centime.

Only code that has checked the right to see expenses may use it.
"""

from typing import Final

# One row to be written down yet, as `finance_expense` would hold it; parameters amount, every, spent_on, last_on.
TYPED: Final = """(
    SELECT 0::bigint AS id, '' AS kind, %(every)s::text AS every, 'revenue' AS share, NULL::bigint AS product_id,
           %(amount)s::numeric AS amount, %(spent_on)s::date AS spent_on, %(last_on)s::date AS last_on, false AS is_void
)"""


def _asked(rows: str) -> str:
    """Each expense with the days of it that were asked for: `first_on` to `last_on`."""
    return f"""
SELECT expense.id, expense.kind, expense.every, expense.share, expense.product_id,
       (expense.amount * 100)::bigint AS centimes, expense.spent_on, ended.last_on AS ends_on,
       GREATEST(expense.spent_on, %(first)s::date) AS first_on, LEAST(ended.last_on, %(last)s::date) AS last_on
FROM {rows} AS expense
CROSS JOIN LATERAL (
    SELECT CASE WHEN expense.every = 'once' THEN COALESCE(expense.last_on, expense.spent_on)
                ELSE expense.last_on END AS last_on
) AS ended
WHERE NOT expense.is_void AND expense.spent_on <= %(last)s::date
  AND (ended.last_on IS NULL OR ended.last_on >= %(first)s::date)
"""  # noqa: S608 - put together from constants of this module only


def _periods(rows: str) -> str:
    """The same cut into its periods; `length` in days, `place` of the first and of the last day asked for."""
    return f"""
SELECT asked.*, period.first_on AS period_on, period.length,
       GREATEST(asked.first_on - period.first_on, 0) AS first_place,
       LEAST(asked.last_on - period.first_on, period.length - 1) AS last_place
FROM ({_asked(rows)}) AS asked
CROSS JOIN LATERAL (
    SELECT asked.spent_on AS first_on, asked.ends_on - asked.spent_on + 1 AS length
    WHERE asked.every = 'once'
    UNION ALL
    SELECT begins::date, (begins + step.length)::date - begins::date
    FROM (SELECT NULLIF(asked.every, 'once') AS unit, ('1 ' || NULLIF(asked.every, 'once'))::interval AS length) AS step
    CROSS JOIN LATERAL generate_series(
        date_trunc(step.unit, asked.first_on::timestamp), asked.last_on::timestamp, step.length) AS begins
) AS period
"""  # noqa: S608 - put together from constants of this module only


# The fixed parts of an expense in ten thousandths: from `before` to `upto`, one behind the other.
_PARTS: Final = """
SELECT expense_id, product_id,
       (10000 * sum(ratio) OVER ordered)::bigint AS upto,
       (10000 * (sum(ratio) OVER ordered - ratio))::bigint AS before
FROM finance_expenseshare WINDOW ordered AS (PARTITION BY expense_id ORDER BY product_id)
"""


def _upto(days: str, parts: str) -> str:
    """Centimes of the first `days` of a period for the first `parts` of the products, rounded half up."""
    whole = "(period.length::bigint * 10000)"
    return f"((2 * period.centimes * ({days}) * {parts} + {whole}) / (2 * {whole}))"


def _of_day(parts: str) -> str:
    return f"({_upto('step.place + 1', parts)} - {_upto('step.place', parts)})"


def expense_days(rows: str) -> str:
    """The statement for a table of expenses; see `EXPENSE_DAYS`."""
    return f"""
SELECT period.period_on + step.place AS day,
       COALESCE(part.product_id, period.product_id) AS product_id,
       CASE WHEN COALESCE(part.product_id, period.product_id) IS NULL THEN period.share END AS share,
       ({_of_day("COALESCE(part.upto, 10000)")} - {_of_day("COALESCE(part.before, 0)")}) * 0.01 AS amount,
       period.kind, period.every, period.id AS expense_id
FROM ({_periods(rows)}) AS period
LEFT JOIN ({_PARTS}) AS part ON part.expense_id = period.id
CROSS JOIN LATERAL generate_series(period.first_place, period.last_place) AS step (place)
"""  # noqa: S608 - put together from constants of this module only


# Wants the parameters %(first)s and %(last)s: days, both inclusive. A row for each expense, day and product of it:
#   day         the day
#   product_id  whose it is; NULL: the whole shop's
#   share       how what is the whole shop's is shared out: 'revenue' or 'orders'; NULL where there is a product
#   amount      MAD with two places
#   kind, every, expense_id   of the expense
# Void expenses are not there; a one-off expense of one day is one row. The days of a full period (Monday to Sunday,
# month, year, a one-off expense's own span) add up to its amount; the products of a day add up to the day, the days of
# a product to its part. All three hold exactly because each is a difference of sums that were rounded once: a
# product's day may therefore be a centime off, and so a centime below zero.
EXPENSE_DAYS: Final = expense_days("finance_expense")
