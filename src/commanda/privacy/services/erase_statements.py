"""Where a client's personal data lie, and what takes their place, table by table.

Parameters: `customer` (number), `orders` (their numbers), `rows` (numbers of staged rows), `phones` (as stored),
`digits` (POSIX pattern of their national digits), `alias` (what stands for the phone), `mark` (what stands for a
text), `at`, `keys` (names of personal fields). A test looks for what is left in every table of the database.
"""

from typing import Final

# Cells and bodies hold phones as people write them: compared by their digits.
FIND_ROWS: Final = """
SELECT id FROM intake_stagedrow
WHERE order_id = ANY(%(orders)s)
    OR (order_id IS NULL AND regexp_replace(cells::text || corrections::text, '\\D', '', 'g') ~ %(digits)s)
"""

# A row without what the sheet said: its key is still known, so that the sheet brings nothing twice.
EMPTIED: Final = """cells = '{"rows": []}', corrections = '{}', problems = '[]', status = 'erased'"""

# What money, stock and figures need stays: lines, amounts, states, times, city, product, parcel and its number.
ERASE: Final = (
    """
    UPDATE orders_order SET customer_name = '', name_folded = '', phone_e164 = %(alias)s, phone2_e164 = '',
        city_text = '', address = '', note = '', tags = '{}', reason_text = '', updated_at = %(at)s
    WHERE id = ANY(%(orders)s)
    """,
    "UPDATE orders_ordercomment SET text = %(mark)s WHERE order_id = ANY(%(orders)s)",
    # The company and its number stay: its books need them.
    "UPDATE orders_orderbilling SET contact_name = '', email = '' WHERE order_id = ANY(%(orders)s)",
    """
    UPDATE orders_orderattachment SET name = %(mark)s, removed_at = coalesce(removed_at, %(at)s)
    WHERE order_id = ANY(%(orders)s)
    """,
    """
    UPDATE orders_bulkrun SET refused = '[]', params = '{}'
    WHERE finished_at IS NOT NULL AND order_ids && %(orders)s::bigint[]
    """,
    "UPDATE confirmation_call SET comment = '' WHERE order_id = ANY(%(orders)s) AND comment <> ''",
    "DELETE FROM confirmation_lease WHERE phone_e164 = ANY(%(phones)s)",
    "UPDATE shipping_parcel SET status_text = '' WHERE order_id = ANY(%(orders)s)",
    f"""
    UPDATE intake_stagedrow SET {EMPTIED}, needs_look = false, ignored_reason = '', updated_at = %(at)s
    WHERE id = ANY(%(rows)s)
    """,  # noqa: S608 - a constant of this module
    "UPDATE intake_mending SET options = '{}', refusals = '[]' WHERE row_ids && %(rows)s::bigint[]",
    """
    UPDATE intake_hookdelivery SET body = ''
    WHERE processed_at IS NOT NULL AND regexp_replace(body, '\\D', '', 'g') ~ %(digits)s
    """,
    "DELETE FROM accounts_answeredrequest WHERE regexp_replace(answer::text, '\\D', '', 'g') ~ %(digits)s",
    """
    UPDATE customers_customer SET phone_e164 = %(alias)s, name = '', name_folded = '', phone2_e164 = '', address = '',
        note = '', tags = '{}', is_blocked = false, blocked_at = NULL, blocked_reason = '', erased_at = %(at)s,
        updated_at = %(at)s
    WHERE id = %(customer)s
    """,
)
# The log is append-only: for this transaction its guard lets personal values, and nothing else, be replaced.
ALLOW_REDACTION: Final = "SELECT set_config('commanda.erasing', 'on', true)"
REDACT_AUDIT: Final = """
UPDATE audit_event AS event SET reason = CASE WHEN reason = '' THEN '' ELSE %(mark)s END,
    changes = (
        SELECT coalesce(jsonb_object_agg(key, CASE
            WHEN key <> ALL(%(keys)s) THEN value
            WHEN jsonb_typeof(value) = 'array' THEN jsonb_build_array(%(mark)s::text, %(mark)s::text)
            ELSE to_jsonb(%(mark)s::text) END), '{}')
        FROM jsonb_each(event.changes)
    )
WHERE (subject = 'customer' AND subject_id = %(customer)s) OR (subject = 'order' AND subject_id = ANY(%(orders)s))
    OR (subject = 'staged_row' AND subject_id = ANY(%(rows)s))
"""
