from django.db import migrations

# Whatever a kept sum is made of marks its days when it changes: once a statement, by adding rows, so that no
# transaction waits for another. Days are Moroccan. Which instants count stands in `insights.measures`.
FORWARD = """
CREATE FUNCTION insights_day(instant timestamptz) RETURNS date LANGUAGE sql STABLE AS
$$ SELECT (instant AT TIME ZONE 'Africa/Casablanca')::date $$;

-- Everything that is told of these orders.
CREATE FUNCTION insights_mark_orders(ids bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT DISTINCT mark.basis, insights_day(mark.instant), clock_timestamp()
    FROM (
        SELECT told.basis, told.instant
        FROM orders_order AS o CROSS JOIN LATERAL (VALUES
            ('cohort', o.created_at), ('event', o.created_at), ('event', o.contacted_at), ('event', o.confirmed_at),
            ('event', o.shipped_at), ('event', o.delivered_at), ('event', o.returned_at), ('event', o.cancelled_at)
        ) AS told (basis, instant)
        WHERE o.id = ANY(ids)
        UNION ALL SELECT 'event', called_at FROM confirmation_call WHERE order_id = ANY(ids)
        UNION ALL SELECT 'event', closed_at FROM shipping_parcel WHERE order_id = ANY(ids)
        UNION ALL SELECT 'event', made_at FROM finance_commissionentry WHERE order_id = ANY(ids)
    ) AS mark WHERE mark.instant IS NOT NULL;
$$;

-- The other orders that these clients kept: another one of them may be the first now.
CREATE FUNCTION insights_mark_kept_by(clients bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT DISTINCT told.basis, insights_day(told.instant), clock_timestamp()
    FROM orders_order AS o CROSS JOIN LATERAL (VALUES
        ('cohort', o.created_at), ('event', o.delivered_at)) AS told (basis, instant)
    WHERE o.customer_id = ANY(clients) AND o.stage = 'delivered';
$$;

CREATE FUNCTION insights_order_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT DISTINCT told.basis, insights_day(told.instant), clock_timestamp()
    FROM added AS o CROSS JOIN LATERAL (VALUES
        ('cohort', o.created_at), ('event', o.created_at), ('event', o.contacted_at), ('event', o.confirmed_at),
        ('event', o.shipped_at), ('event', o.delivered_at), ('event', o.returned_at), ('event', o.cancelled_at)
    ) AS told (basis, instant)
    WHERE told.instant IS NOT NULL;
    IF EXISTS (SELECT 1 FROM added WHERE stage = 'delivered') THEN
        PERFORM insights_mark_kept_by(ARRAY(SELECT customer_id FROM added WHERE stage = 'delivered'));
    END IF;
    RETURN NULL;
END $$;

-- An order that moves on changes its own day and the days of the instants that changed. One whose keys changed (its
-- agent, city …), or that begins or ends to count at all, changes every day that something is told of it.
CREATE FUNCTION insights_order_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wholly bigint[];
    clients bigint[];
BEGIN
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT DISTINCT told.basis, insights_day(told.instant), clock_timestamp()
    FROM added AS a JOIN removed AS r ON r.id = a.id
    CROSS JOIN LATERAL (
        SELECT 'cohort' AS basis, a.created_at AS instant
        UNION ALL
        SELECT 'event', changed.instant
        FROM (VALUES
            (LEAST(a.contacted_at, a.confirmed_at, a.cancelled_at),
             LEAST(r.contacted_at, r.confirmed_at, r.cancelled_at)),
            (a.confirmed_at, r.confirmed_at), (a.shipped_at, r.shipped_at), (a.delivered_at, r.delivered_at),
            (a.returned_at, r.returned_at), (a.cancelled_at, r.cancelled_at)
        ) AS pair (new, old) CROSS JOIN LATERAL (VALUES (pair.new), (pair.old)) AS changed (instant)
        WHERE pair.new IS DISTINCT FROM pair.old
    ) AS told
    WHERE told.instant IS NOT NULL
      AND (a.stage, a.state_id, a.contacted_at, a.confirmed_at, a.shipped_at, a.delivered_at, a.returned_at,
           a.cancelled_at)
          IS DISTINCT FROM
          (r.stage, r.state_id, r.contacted_at, r.confirmed_at, r.shipped_at, r.delivered_at, r.returned_at,
           r.cancelled_at);

    SELECT array_agg(a.id) INTO wholly FROM added AS a JOIN removed AS r ON r.id = a.id
    WHERE (a.assignee_id, a.platform, a.city_id, a.channel, a.store_id, a.reason_id, a.customer_id, a.created_at,
           a.total_amount, a.promised_on, a.stage = 'draft')
          IS DISTINCT FROM
          (r.assignee_id, r.platform, r.city_id, r.channel, r.store_id, r.reason_id, r.customer_id, r.created_at,
           r.total_amount, r.promised_on, r.stage = 'draft')
       OR (a.state_id <> r.state_id AND EXISTS (
               SELECT 1 FROM orders_state WHERE slug = 'duplicate' AND id IN (a.state_id, r.state_id)));
    IF wholly IS NOT NULL THEN
        PERFORM insights_mark_orders(wholly);
        INSERT INTO insights_dirtyday (basis, day, at)
        SELECT DISTINCT told.basis, insights_day(r.created_at), clock_timestamp()
        FROM added AS a JOIN removed AS r ON r.id = a.id CROSS JOIN (VALUES ('cohort'), ('event')) AS told (basis)
        WHERE r.created_at <> a.created_at;
    END IF;

    SELECT array_agg(told.client) INTO clients
    FROM added AS a JOIN removed AS r ON r.id = a.id
    CROSS JOIN LATERAL (VALUES (a.customer_id), (r.customer_id)) AS told (client)
    WHERE (a.delivered_at, a.customer_id) IS DISTINCT FROM (r.delivered_at, r.customer_id)
      AND 'delivered' IN (a.stage, r.stage);
    IF clients IS NOT NULL THEN
        PERFORM insights_mark_kept_by(clients);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION insights_order_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT DISTINCT told.basis, insights_day(told.instant), clock_timestamp()
    FROM removed AS o CROSS JOIN LATERAL (VALUES
        ('cohort', o.created_at), ('event', o.created_at), ('event', o.contacted_at), ('event', o.confirmed_at),
        ('event', o.shipped_at), ('event', o.delivered_at), ('event', o.returned_at), ('event', o.cancelled_at)
    ) AS told (basis, instant)
    WHERE told.instant IS NOT NULL;
    PERFORM insights_mark_kept_by(ARRAY(SELECT customer_id FROM removed WHERE stage = 'delivered'));
    RETURN NULL;
END $$;

CREATE TRIGGER insights_order_added AFTER INSERT ON orders_order
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_order_added();
CREATE TRIGGER insights_order_changed AFTER UPDATE ON orders_order
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_order_changed();
CREATE TRIGGER insights_order_removed AFTER DELETE ON orders_order
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION insights_order_removed();

-- Lines and parcels say to whom and to which carrier an order's figures belong; and parcels, calls and commissions
-- count on days of their own.
CREATE FUNCTION insights_part_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_orders(ARRAY(SELECT DISTINCT order_id FROM added));
    RETURN NULL;
END $$;
CREATE FUNCTION insights_part_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_orders(ARRAY(SELECT DISTINCT order_id FROM removed));
    RETURN NULL;
END $$;
CREATE TRIGGER insights_line_added AFTER INSERT ON orders_orderline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_part_added();
CREATE TRIGGER insights_line_changed AFTER UPDATE ON orders_orderline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_part_added();
CREATE TRIGGER insights_line_removed AFTER DELETE ON orders_orderline
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION insights_part_removed();

CREATE FUNCTION insights_mark_at(orders bigint[], instants timestamptz[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT 'cohort', insights_day(created_at), clock_timestamp() FROM orders_order WHERE id = ANY(orders)
    GROUP BY insights_day(created_at)
    UNION ALL
    SELECT 'event', insights_day(told), clock_timestamp() FROM unnest(instants) AS told WHERE told IS NOT NULL
    GROUP BY insights_day(told);
$$;
CREATE FUNCTION insights_call_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_at(ARRAY(SELECT order_id FROM added), ARRAY(SELECT called_at FROM added));
    RETURN NULL;
END $$;
CREATE TRIGGER insights_call_added AFTER INSERT ON confirmation_call
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_call_added();
CREATE FUNCTION insights_call_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_at(
        ARRAY(SELECT order_id FROM added UNION SELECT order_id FROM removed),
        ARRAY(SELECT called_at FROM added UNION SELECT called_at FROM removed));
    RETURN NULL;
END $$;
CREATE TRIGGER insights_call_changed AFTER UPDATE ON confirmation_call
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_call_changed();

CREATE TRIGGER insights_parcel_added AFTER INSERT ON shipping_parcel
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_part_added();
CREATE FUNCTION insights_parcel_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wholly bigint[];
BEGIN
    PERFORM insights_mark_at(
        ARRAY(SELECT order_id FROM added), ARRAY(SELECT closed_at FROM added UNION SELECT closed_at FROM removed));
    SELECT array_agg(a.order_id) INTO wholly FROM added AS a JOIN removed AS r ON r.id = a.id
    WHERE (a.carrier_id, a.is_current) <> (r.carrier_id, r.is_current);
    IF wholly IS NOT NULL THEN
        PERFORM insights_mark_orders(wholly);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER insights_parcel_changed AFTER UPDATE ON shipping_parcel
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_parcel_changed();
CREATE FUNCTION insights_entry_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_at(ARRAY(SELECT order_id FROM added), ARRAY(SELECT made_at FROM added));
    RETURN NULL;
END $$;
CREATE TRIGGER insights_entry_added AFTER INSERT ON finance_commissionentry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_entry_added();

-- What goods cost and what carriers charge: every order delivered or closed since the day from which it holds.
CREATE FUNCTION insights_mark_goods(variants bigint[], since date) RETURNS void LANGUAGE sql AS $$
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT DISTINCT told.basis, insights_day(told.instant), clock_timestamp()
    FROM orders_order AS o CROSS JOIN LATERAL (VALUES
        ('cohort', o.created_at), ('event', o.delivered_at)) AS told (basis, instant)
    WHERE o.stage = 'delivered' AND o.delivered_at >= since::timestamp AT TIME ZONE 'Africa/Casablanca'
      AND EXISTS (
        SELECT 1 FROM orders_orderline AS line LEFT JOIN orders_linecomponent AS part ON part.line_id = line.id
        WHERE line.order_id = o.id AND (line.variant_id = ANY(variants) OR part.variant_id = ANY(variants)));
$$;
CREATE FUNCTION insights_cost_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_goods(ARRAY(SELECT variant_id FROM added), (SELECT min(valid_from_on) FROM added));
    RETURN NULL;
END $$;
CREATE FUNCTION insights_cost_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_goods(
        ARRAY(SELECT variant_id FROM added UNION SELECT variant_id FROM removed),
        (SELECT LEAST(min(a.valid_from_on), min(r.valid_from_on)) FROM added AS a, removed AS r));
    RETURN NULL;
END $$;
CREATE FUNCTION insights_cost_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_goods(ARRAY(SELECT variant_id FROM removed), (SELECT min(valid_from_on) FROM removed));
    RETURN NULL;
END $$;
CREATE TRIGGER insights_cost_added AFTER INSERT ON finance_productcost
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_cost_added();
CREATE TRIGGER insights_cost_changed AFTER UPDATE ON finance_productcost
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_cost_changed();
CREATE TRIGGER insights_cost_removed AFTER DELETE ON finance_productcost
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION insights_cost_removed();

CREATE FUNCTION insights_mark_parcels(carriers bigint[], since date) RETURNS void LANGUAGE sql AS $$
    INSERT INTO insights_dirtyday (basis, day, at)
    SELECT DISTINCT told.basis, insights_day(told.instant), clock_timestamp()
    FROM shipping_parcel AS parcel JOIN orders_order AS o ON o.id = parcel.order_id
    CROSS JOIN LATERAL (VALUES ('cohort', o.created_at), ('event', parcel.closed_at)) AS told (basis, instant)
    WHERE parcel.carrier_id = ANY(carriers)
      AND parcel.closed_at >= since::timestamp AT TIME ZONE 'Africa/Casablanca';
$$;
CREATE FUNCTION insights_fee_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_parcels(ARRAY(SELECT carrier_id FROM added), (SELECT min(valid_from_on) FROM added));
    RETURN NULL;
END $$;
CREATE FUNCTION insights_fee_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM insights_mark_parcels(ARRAY(SELECT carrier_id FROM removed), (SELECT min(valid_from_on) FROM removed));
    RETURN NULL;
END $$;
CREATE TRIGGER insights_fee_added AFTER INSERT ON finance_carrierfee
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_fee_added();
CREATE TRIGGER insights_fee_changed AFTER UPDATE ON finance_carrierfee
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION insights_fee_added();
CREATE TRIGGER insights_fee_removed AFTER DELETE ON finance_carrierfee
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION insights_fee_removed();

-- By event, the orders of a day are found by what happened on it.
CREATE INDEX order_contact ON orders_order (LEAST(contacted_at, confirmed_at, cancelled_at))
    WHERE LEAST(contacted_at, confirmed_at, cancelled_at) IS NOT NULL;
CREATE INDEX order_confirmed ON orders_order (confirmed_at) WHERE confirmed_at IS NOT NULL;
CREATE INDEX order_shipped ON orders_order (shipped_at) WHERE shipped_at IS NOT NULL;
CREATE INDEX order_returned ON orders_order (returned_at) WHERE returned_at IS NOT NULL;
CREATE INDEX order_cancelled ON orders_order (cancelled_at) WHERE cancelled_at IS NOT NULL;
CREATE INDEX parcel_closed ON shipping_parcel (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX commission_made ON finance_commissionentry (made_at);

-- What is there already is counted by the worker, the latest days first.
SELECT insights_mark_orders(ARRAY(SELECT id FROM orders_order));
"""
TABLES = {
    "orders_order": ("order_added", "order_changed", "order_removed"),
    "orders_orderline": ("line_added", "line_changed", "line_removed"),
    "confirmation_call": ("call_added", "call_changed"),
    "shipping_parcel": ("parcel_added", "parcel_changed"),
    "finance_commissionentry": ("entry_added",),
    "finance_productcost": ("cost_added", "cost_changed", "cost_removed"),
    "finance_carrierfee": ("fee_added", "fee_changed", "fee_removed"),
}
FUNCTIONS = (
    "order_added()", "order_changed()", "order_removed()", "part_added()", "part_removed()", "call_added()",
    "call_changed()", "parcel_changed()", "entry_added()", "cost_added()", "cost_changed()", "cost_removed()",
    "fee_added()", "fee_removed()", "mark_orders(bigint[])", "mark_kept_by(bigint[])",
    "mark_at(bigint[], timestamptz[])", "mark_goods(bigint[], date)", "mark_parcels(bigint[], date)",
    "day(timestamptz)",
)  # fmt: skip
INDEXES = (
    "order_contact", "order_confirmed", "order_shipped", "order_returned", "order_cancelled", "parcel_closed",
    "commission_made",
)  # fmt: skip
BACKWARD = ";".join(
    [
        *(f"DROP TRIGGER insights_{name} ON {table}" for table, names in TABLES.items() for name in names),
        *(f"DROP FUNCTION insights_{name}" for name in FUNCTIONS),
        *(f"DROP INDEX {name}" for name in INDEXES),
        "DELETE FROM insights_dirtyday",
        "DELETE FROM insights_dailysum",
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

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
