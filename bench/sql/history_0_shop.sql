-- What the money figures need: carriers and their fees, unit costs, the commission.

INSERT INTO shipping_carrier (name, phone, tracking_url, is_active)
VALUES ('Atlas Express', '', '', true), ('Rif Livraison', '', '', true), ('Souss Colis', '', '', true);

INSERT INTO finance_carrierfee (delivered_amount, returned_amount, valid_from_on, carrier_id)
SELECT 25 + id % 3 * 5, 10, DATE '2020-01-01', id FROM shipping_carrier;

INSERT INTO finance_productcost (purchase_amount, valid_from_on, variant_id)
SELECT round(price_amount * 0.35, 2), DATE '2020-01-01', id FROM catalog_variant;

INSERT INTO finance_commissionplan (name, delivered_amount, valid_from_on) VALUES ('Banc', 6, DATE '2020-01-01');
