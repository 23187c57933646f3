"""A larger shop out of a filled one: every order again, with all that it left behind, for clients of its own."""

from typing import Final

import psycopg
from psycopg import sql

from bench.house import House
from bench.limits import plain_columns

# As in `history_1_orders.sql`: no two clients below ninety millions have one phone.
PHONE: Final = "'+2126' || (10000000 + (row.{client} + copy.shift) * 7919 % 89999981)"
ORDER: Final = {"order_id": "row.order_id + copy.shift"}
# Table → the columns in which a copy differs. Ids are given out anew; all else is as it was.
COPIED: Final[dict[str, dict[str, str]]] = {
    "customers_customer": {"id": "row.id + copy.shift", "phone_e164": PHONE.format(client="id")},
    "orders_order": {
        "id": "row.id + copy.shift",
        "reference": "'CM-' || (row.id + copy.shift)",
        "customer_id": "row.customer_id + copy.shift",
        "phone_e164": PHONE.format(client="customer_id"),
    },
    "orders_orderline": ORDER,
    "orders_stateentry": ORDER,
    "stock_stockmovement": ORDER,
    "audit_event": {"subject_id": "row.subject_id + CASE row.subject WHEN 'order' THEN copy.shift ELSE 0 END"},
    "confirmation_call": ORDER,
    "confirmation_queueentry": ORDER,
    "shipping_parcel": ORDER | {"tracking_number": "'BN' || lpad((row.order_id + copy.shift)::text, 9, '0')"},
    "finance_commissionentry": ORDER,
}
# Table → what is kept of them all.
SUMMED: Final = {
    "stock_stocklevel": ["on_hand", "reserved", "in_transit"],
    "orders_ordercount": ["qty", "amount"],
}


def multiply(house: House, times: int) -> None:
    """Have `times` as many orders. Sums kept of them are multiplied: each copy adds what its original did."""
    from commanda.insights.measures import MEASURES
    from commanda.insights.models import DailySum

    names = {field.name for field in DailySum._meta.get_fields()}
    sums = SUMMED | {DailySum._meta.db_table: [slug for slug in MEASURES if slug in names]}
    with house.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '1GB'")
        for table, told in COPIED.items():
            _copy(connection, table, told, times)
        for table, columns in sums.items():
            changes = ", ".join(f"{column} = {column} * {times}" for column in columns)
            connection.execute(f"UPDATE {table} SET {changes}")
        for table in ("orders_order", "customers_customer"):
            connection.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _copy(connection: psycopg.Connection, table: str, told: dict[str, str], times: int) -> None:
    columns = [name for name in plain_columns(connection, table) if name != "id" or name in told]
    values = [sql.SQL(told[name]) if name in told else sql.Identifier("row", name) for name in columns]
    # Indexes made at the end cost a tenth of what they cost row by row.
    catalog = "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = %s::regclass"
    connection.execute(catalog, [table])
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} AS row CROSS JOIN ("
            "SELECT turn * shift AS shift FROM generate_series(1, {times} - 1) AS turn, "
            "(SELECT last_value AS shift FROM orders_order_id_seq) AS known) AS copy"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
            times=sql.Literal(times),
        )
    )
    connection.execute(sql.SQL("REINDEX TABLE {}").format(sql.Identifier(table)))
