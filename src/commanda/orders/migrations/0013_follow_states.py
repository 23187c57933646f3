from django.db import migrations

# What each order entered, and when, costs a move no trip to the server: a trigger keeps it, once a statement. The
# counters of the list learn what the orders are worth. Nothing may be written between the count and the triggers.
FORWARD = """
LOCK TABLE orders_order IN SHARE ROW EXCLUSIVE MODE;

CREATE OR REPLACE FUNCTION orders_count_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty, amount)
    SELECT state_id, assignee_id, count(*), sum(total_amount) FROM added GROUP BY state_id, assignee_id;
    INSERT INTO orders_stateentry (order_id, state_id, at, amount)
    SELECT id, state_id, created_at, total_amount FROM added ON CONFLICT (order_id, state_id) DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orders_count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty, amount)
    SELECT state_id, assignee_id, sum(difference), sum(difference * total_amount)
    FROM (SELECT state_id, assignee_id, total_amount, 1 AS difference FROM added
          UNION ALL SELECT state_id, assignee_id, total_amount, -1 FROM removed) AS moved
    GROUP BY state_id, assignee_id HAVING sum(difference) <> 0 OR sum(difference * total_amount) <> 0;
    INSERT INTO orders_stateentry (order_id, state_id, at, amount)
    SELECT added.id, added.state_id, added.updated_at, added.total_amount
    FROM added JOIN removed ON removed.id = added.id
    WHERE added.state_id <> removed.state_id ON CONFLICT (order_id, state_id) DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orders_count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty, amount)
    SELECT state_id, assignee_id, -count(*), -sum(total_amount) FROM removed GROUP BY state_id, assignee_id;
    RETURN NULL;
END $$;

INSERT INTO orders_ordercount (state_id, assignee_id, qty, amount)
SELECT state_id, assignee_id, 0, sum(total_amount) FROM orders_order GROUP BY state_id, assignee_id;

INSERT INTO orders_stateentry (order_id, state_id, at, amount)
SELECT DISTINCT ON (entered.id, heard.state_id) entered.id, heard.state_id,
       CASE WHEN heard.is_first THEN entered.created_at ELSE heard.at END, entered.total_amount
FROM (SELECT event.subject_id, state.id AS state_id, event.at, event.name = 'order.created' AS is_first
      FROM audit_event AS event
      JOIN orders_state AS state ON state.slug = event.changes -> 'state' ->> 1
      JOIN orders_workflow AS workflow ON workflow.id = state.workflow_id AND workflow.is_default
      WHERE event.subject = 'order' AND event.name IN ('order.created', 'order.moved')) AS heard
JOIN orders_order AS entered ON entered.id = heard.subject_id
ORDER BY entered.id, heard.state_id, heard.is_first DESC, heard.at;

INSERT INTO orders_stateentry (order_id, state_id, at, amount)
SELECT id, state_id, updated_at, total_amount FROM orders_order
ON CONFLICT (order_id, state_id) DO NOTHING;
"""
BACKWARD = """
CREATE OR REPLACE FUNCTION orders_count_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty)
    SELECT state_id, assignee_id, count(*) FROM added GROUP BY state_id, assignee_id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orders_count_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty)
    SELECT state_id, assignee_id, sum(difference)
    FROM (SELECT state_id, assignee_id, 1 AS difference FROM added
          UNION ALL SELECT state_id, assignee_id, -1 FROM removed) AS moved
    GROUP BY state_id, assignee_id HAVING sum(difference) <> 0;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION orders_count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO orders_ordercount (state_id, assignee_id, qty)
    SELECT state_id, assignee_id, -count(*) FROM removed GROUP BY state_id, assignee_id;
    RETURN NULL;
END $$;

UPDATE orders_ordercount SET amount = 0;
DELETE FROM orders_stateentry;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_state_entries"), ("audit", "0002_append_only")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
