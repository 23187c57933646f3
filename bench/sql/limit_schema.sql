-- Plain copies of the tables: primary keys and what the transactions need, no foreign keys, no other index.

DROP SCHEMA IF EXISTS plain CASCADE;
CREATE SCHEMA plain;

CREATE TABLE plain.customer (LIKE customers_customer INCLUDING IDENTITY, PRIMARY KEY (id), UNIQUE (phone_e164));
CREATE TABLE plain.orders (LIKE orders_order INCLUDING IDENTITY, PRIMARY KEY (id));
CREATE TABLE plain.line (LIKE orders_orderline INCLUDING IDENTITY INCLUDING GENERATED, PRIMARY KEY (id));
CREATE TABLE plain.movement (LIKE stock_stockmovement INCLUDING IDENTITY, PRIMARY KEY (id));
CREATE TABLE plain.level (LIKE stock_stocklevel INCLUDING GENERATED INCLUDING CONSTRAINTS, PRIMARY KEY (variant_id));

INSERT INTO plain.customer SELECT * FROM customers_customer;
INSERT INTO plain.orders SELECT * FROM orders_order;
INSERT INTO plain.line (id, label, sku, quantity, unit_price_amount, is_upsell, back_qty, quarantine_qty, lost_qty, order_id,
                        variant_id)
SELECT id, label, sku, quantity, unit_price_amount, is_upsell, back_qty, quarantine_qty, lost_qty, order_id, variant_id
FROM orders_orderline;
INSERT INTO plain.movement SELECT * FROM stock_stockmovement;
-- Numbered from 1, with more units than any run can take.
INSERT INTO plain.level (variant_id, on_hand, reserved, in_transit, quarantine, allows_backorder)
SELECT row_number() OVER (), 1000000000, 0, 0, 0, false FROM stock_stocklevel;

SELECT setval(pg_get_serial_sequence('plain.customer', 'id'), max(id)) FROM plain.customer;
SELECT setval(pg_get_serial_sequence('plain.orders', 'id'), max(id)) FROM plain.orders;
SELECT setval(pg_get_serial_sequence('plain.line', 'id'), max(id)) FROM plain.line;
SELECT setval(pg_get_serial_sequence('plain.movement', 'id'), max(id)) FROM plain.movement;

CREATE INDEX ON plain.orders (stage, id DESC);
