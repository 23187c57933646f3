from django.db import migrations

# Whatever a kept sum is made of says so when it changes: once a statement, by adding rows, so that no transaction waits
# for another. Of orders, only the columns that count are kept, and only where one of them changed.
ORDER_COLUMNS = (
    "id", "customer_id", "stage", "state_id", "reason_id", "assignee_id", "platform", "campaign", "city_id", "channel",
    "store_id", "total_amount", "promised_on", "created_at", "contacted_at", "confirmed_at", "shipped_at",
    "delivered_at", "returned_at", "cancelled_at",
)  # fmt: skip
_R, _A = (", ".join(f"{table}.{column}" for column in ORDER_COLUMNS) for table in ("r", "a"))

FORWARD = f"""
CREATE FUNCTION insights_order_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, order_id, at)
    SELECT TG_TABLE_NAME, id, id, clock_timestamp() FROM added;
    RETURN NULL;
END $$;
CREATE FUNCTION insights_order_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, order_id, was, at)
    SELECT TG_TABLE_NAME, r.id, r.id, to_jsonb(was), clock_timestamp()
    FROM removed AS r JOIN added AS a ON a.id = r.id CROSS JOIN LATERAL (SELECT {_R}) AS was
    WHERE ({_R}) IS DISTINCT FROM ({_A});
    RETURN NULL;
END $$;
CREATE FUNCTION insights_order_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, order_id, was, at)
    SELECT TG_TABLE_NAME, r.id, r.id, to_jsonb(was), clock_timestamp()
    FROM removed AS r CROSS JOIN LATERAL (SELECT {_R}) AS was;
    RETURN NULL;
END $$;

-- Lines, calls, parcels, commissions.
CREATE FUNCTION insights_part_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, order_id, at)
    SELECT TG_TABLE_NAME, id, order_id, clock_timestamp() FROM added WHERE order_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE FUNCTION insights_part_was() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, order_id, was, at)
    SELECT TG_TABLE_NAME, r.id, r.order_id, to_jsonb(r), clock_timestamp() FROM removed AS r;
    RETURN NULL;
END $$;

-- The parts of bundles.
CREATE FUNCTION insights_component_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, order_id, at)
    SELECT TG_TABLE_NAME, part.id, line.order_id, clock_timestamp()
    FROM added AS part JOIN orders_orderline AS line ON line.id = part.line_id;
    RETURN NULL;
END $$;
CREATE FUNCTION insights_component_was() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, order_id, was, at)
    SELECT TG_TABLE_NAME, part.id, line.order_id, to_jsonb(part), clock_timestamp()
    FROM removed AS part JOIN orders_orderline AS line ON line.id = part.line_id;
    RETURN NULL;
END $$;

-- What goods cost and what carriers charge concerns more than one order.
CREATE FUNCTION insights_price_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, at) SELECT TG_TABLE_NAME, id, clock_timestamp() FROM added;
    RETURN NULL;
END $$;
CREATE FUNCTION insights_price_was() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_rowchange (kind, row_id, was, at)
    SELECT TG_TABLE_NAME, r.id, to_jsonb(r), clock_timestamp() FROM removed AS r;
    RETURN NULL;
END $$;
"""  # noqa: S608 - own names
# Table → the functions for what is added, changed and removed.
TRIGGERS = {
    "orders_order": ("order_added", "order_changed", "order_removed"),
    "orders_orderline": ("part_added", "part_was", "part_was"),
    "orders_linecomponent": ("component_added", "component_was", "component_was"),
    "confirmation_call": ("part_added", "part_was", "part_was"),
    "shipping_parcel": ("part_added", "part_was", "part_was"),
    "finance_commissionentry": ("part_added",),
    "finance_productcost": ("price_added", "price_was", "price_was"),
    "finance_carrierfee": ("price_added", "price_was", "price_was"),
}
_WHEN = (
    ("added", "INSERT", "NEW TABLE AS added"),
    ("changed", "UPDATE", "OLD TABLE AS removed NEW TABLE AS added"),
    ("removed", "DELETE", "OLD TABLE AS removed"),
)
_EACH = [
    (table, f"insights_{event}", operation, tables, function)
    for table, functions in TRIGGERS.items()
    for (event, operation, tables), function in zip(_WHEN, functions, strict=False)
]
# By client, for the orders that were theirs; and prices, which are few.
INDEXES = """
CREATE INDEX row_change_client ON insights_rowchange (((was->>'customer_id')::bigint))
    WHERE kind = 'orders_order' AND was IS NOT NULL;
CREATE INDEX row_change_price ON insights_rowchange (id) WHERE order_id IS NULL;
"""
CREATE = "".join(
    f"CREATE TRIGGER {name} AFTER {operation} ON {table} REFERENCING {tables} "
    f"FOR EACH STATEMENT EXECUTE FUNCTION insights_{function}();"
    for table, name, operation, tables, function in _EACH
)
# What is there already is counted by the worker, the latest orders first.
KNOWN = """
INSERT INTO insights_rowchange (kind, row_id, order_id, at)
SELECT 'orders_order', id, id, clock_timestamp() FROM orders_order ORDER BY id DESC;
"""
BACKWARD = "".join(
    [
        *(f"DROP TRIGGER {name} ON {table};" for table, name, *_rest in _EACH),
        *(
            f"DROP FUNCTION insights_{name}();"
            for name in sorted({name for each in TRIGGERS.values() for name in each})
        ),
        "DROP INDEX row_change_client; DROP INDEX row_change_price; DELETE FROM insights_rowchange; DELETE FROM insights_dailysum;",
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("insights", "0001_kept_sums"),
        ("orders", "0015_lighter_orders"),
        ("confirmation", "0006_address_minimum"),
        ("shipping", "0001_initial"),
        ("finance", "0002_append_only"),
    ]

    operations = [migrations.RunSQL(FORWARD + CREATE + INDEXES + KNOWN, BACKWARD)]
