-- The counters of the list: triggers sleep while the history is loaded without them.

DELETE FROM orders_ordercount;
INSERT INTO orders_ordercount (state_id, assignee_id, qty)
SELECT state_id, assignee_id, count(*) FROM orders_order GROUP BY state_id, assignee_id;
