from django.db import migrations

# Counting must cost a confirmation next to nothing and never make two of them wait for each other: the triggers only
# add rows of differences, once a statement; the worker folds them together.
FORWARD = """
CREATE FUNCTION orders_count_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty)
    SELECT state_id, assignee_id, count(*) FROM added GROUP BY state_id, assignee_id;
    RETURN NULL;
END $$;

CREATE FUNCTION orders_count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty)
    SELECT state_id, assignee_id, sum(difference)
    FROM (SELECT state_id, assignee_id, 1 AS difference FROM added
          UNION ALL SELECT state_id, assignee_id, -1 FROM removed) AS moved
    GROUP BY state_id, assignee_id HAVING sum(difference) <> 0;
    RETURN NULL;
END $$;

CREATE FUNCTION orders_count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty)
    SELECT state_id, assignee_id, -count(*) FROM removed GROUP BY state_id, assignee_id;
    RETURN NULL;
END $$;

CREATE TRIGGER orders_count_inserted AFTER INSERT ON orders_order
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_count_inserted();
CREATE TRIGGER orders_count_changed AFTER UPDATE ON orders_order
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION orders_count_changed();
CREATE TRIGGER orders_count_removed AFTER DELETE ON orders_order
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION orders_count_removed();

INSERT INTO orders_ordercount (state_id, assignee_id, qty)
SELECT state_id, assignee_id, count(*) FROM orders_order GROUP BY state_id, assignee_id;
"""
BACKWARD = """
DROP TRIGGER orders_count_inserted ON orders_order;
DROP TRIGGER orders_count_changed ON orders_order;
DROP TRIGGER orders_count_removed ON orders_order;
DROP FUNCTION orders_count_inserted();
DROP FUNCTION orders_count_changed();
DROP FUNCTION orders_count_removed();
DELETE FROM orders_ordercount;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_list_views_and_search")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
