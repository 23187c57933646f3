-- The newest orders and what belongs to them, into the twins of their tables.

INSERT INTO plain.orders SELECT * FROM orders_order ORDER BY id DESC LIMIT 100000;
INSERT INTO plain.customer
SELECT * FROM customers_customer WHERE id IN (SELECT customer_id FROM plain.orders);
INSERT INTO plain.line (id, label, sku, quantity, unit_price_amount, is_upsell, back_qty, quarantine_qty, lost_qty, order_id,
                        variant_id)
SELECT id, label, sku, quantity, unit_price_amount, is_upsell, back_qty, quarantine_qty, lost_qty, order_id, variant_id
FROM orders_orderline WHERE order_id IN (SELECT id FROM plain.orders);
INSERT INTO plain.movement SELECT * FROM stock_stockmovement WHERE order_id IN (SELECT id FROM plain.orders);
-- More units than any run can take.
INSERT INTO plain.level (variant_id, on_hand, reserved, in_transit, quarantine, allows_backorder)
SELECT variant_id, 1000000000, 0, 0, 0, false FROM stock_stocklevel;

SELECT setval(pg_get_serial_sequence('plain.customer', 'id'), last_value) FROM customers_customer_id_seq;
SELECT setval(pg_get_serial_sequence('plain.orders', 'id'), last_value) FROM orders_order_id_seq;
SELECT setval(pg_get_serial_sequence('plain.line', 'id'), last_value) FROM orders_orderline_id_seq;
SELECT setval(pg_get_serial_sequence('plain.movement', 'id'), last_value) FROM stock_stockmovement_id_seq;
