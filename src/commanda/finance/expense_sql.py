"""What each day costs, as SQL that others join: expenses spread over their days, exact to the centime.

Only code that has checked the right to see expenses may use it.
"""

from typing import Final

# An expense with the days of it that were asked for: `first_on` to `last_on`.
_ASKED: Final = """
SELECT expense.id, expense.kind, expense.every, expense.share, expense.product_id,
       (expense.amount * 100)::bigint AS centimes, expense.spent_on, ended.last_on AS ends_on,
       GREATEST(expense.spent_on, %(first)s::date) AS first_on, LEAST(ended.last_on, %(last)s::date) AS last_on
FROM finance_expense AS expense
CROSS JOIN LATERAL (
    SELECT CASE WHEN expense.every = 'once' THEN COALESCE(expense.last_on, expense.spent_on)
                ELSE expense.last_on END AS last_on
) AS ended
WHERE NOT expense.is_void AND expense.spent_on <= %(last)s::date
  AND (ended.last_on IS NULL OR ended.last_on >= %(first)s::date)
"""

# The same cut into its periods; `length` in days, `place` of the first and of the last day asked for.
_PERIODS: Final = f"""
SELECT asked.*, period.first_on AS period_on, period.length,
       GREATEST(asked.first_on - period.first_on, 0) AS first_place,
       LEAST(asked.last_on - period.first_on, period.length - 1) AS last_place
FROM ({_ASKED}) AS asked
CROSS JOIN LATERAL (
    SELECT asked.spent_on AS first_on, asked.ends_on - asked.spent_on + 1 AS length
    WHERE asked.every = 'once'
    UNION ALL
    SELECT begins::date, (begins + step.length)::date - begins::date
    FROM (SELECT ('1 ' || asked.every)::interval AS length) AS step
    CROSS JOIN LATERAL generate_series(
        date_trunc(asked.every, asked.first_on::timestamp), asked.last_on::timestamp, step.length) AS begins
    WHERE asked.every <> 'once'
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
EXPENSE_DAYS: Final = f"""
SELECT period.period_on + step.place AS day,
       COALESCE(part.product_id, period.product_id) AS product_id,
       CASE WHEN COALESCE(part.product_id, period.product_id) IS NULL THEN period.share END AS share,
       ({_of_day("COALESCE(part.upto, 10000)")} - {_of_day("COALESCE(part.before, 0)")}) * 0.01 AS amount,
       period.kind, period.every, period.id AS expense_id
FROM ({_PERIODS}) AS period
LEFT JOIN ({_PARTS}) AS part ON part.expense_id = period.id
CROSS JOIN LATERAL generate_series(period.first_place, period.last_place) AS step (place)
"""  # noqa: S608 - put together from constants of this module only
