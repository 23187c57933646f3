from collections.abc import Sequence
from dataclasses import dataclass

from commanda.kernel.actor import Actor
from commanda.kernel.arrays import number_array, text_array
from commanda.kernel.prepared import planned_cursor
from commanda.kernel.text import fold

UPSERT = """
INSERT INTO customers_customer (phone_e164, name, name_folded, phone2_e164, city_id, address,
                                note, tags, is_blocked, blocked_reason, created_at, updated_at)
SELECT phone, name, folded, phone2, city_id, address, '', '{}', false, '', now(), now()
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[])
    AS client (phone, name, folded, phone2, city_id, address)
ON CONFLICT (phone_e164) DO UPDATE SET
    name = COALESCE(NULLIF(EXCLUDED.name, ''), customers_customer.name),
    name_folded = COALESCE(NULLIF(EXCLUDED.name_folded, ''), customers_customer.name_folded),
    phone2_e164 = COALESCE(NULLIF(EXCLUDED.phone2_e164, ''), customers_customer.phone2_e164),
    city_id = COALESCE(EXCLUDED.city_id, customers_customer.city_id),
    address = COALESCE(NULLIF(EXCLUDED.address, ''), customers_customer.address),
    updated_at = now()
RETURNING phone_e164, id
"""


@dataclass(frozen=True, slots=True)
class ClientData:
    """What an order says about its client."""

    phone_e164: str
    name: str = ""
    phone2_e164: str = ""
    city_id: int | None = None
    address: str = ""


def upsert_customers(*, actor: Actor, clients: Sequence[ClientData]) -> dict[str, int]:
    """Make or update the clients by phone, one statement; returns phone → id.

    An empty value never wipes out a known one; of two entries with the same phone the later wins. Rows are
    written in phone order, so that two batches cannot deadlock.
    """
    latest = {client.phone_e164: client for client in clients}
    rows = [latest[phone] for phone in sorted(latest)]
    columns = [
        text_array(row.phone_e164 for row in rows),
        text_array(row.name[:200] for row in rows),
        text_array(fold(row.name)[:200] for row in rows),
        text_array(row.phone2_e164 for row in rows),
        number_array(row.city_id for row in rows),
        text_array(row.address[:500] for row in rows),
    ]
    with planned_cursor() as cursor:
        cursor.execute(UPSERT, columns)
        return dict(cursor.fetchall())
