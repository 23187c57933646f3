\set phone random(10000000, 99999999)
\set first random(:first_variant, :last_variant)
\set second random(:first_variant, :last_variant)
BEGIN;
INSERT INTO plain.customer (phone_e164, name, name_folded, phone2_e164, address, note, tags, is_blocked, blocked_reason, created_at, updated_at) VALUES ('+2125' || :phone, 'Salma Exemple', 'salma exemple', '', 'Hay Salam', '', '{}', false, '', now(), now()) ON CONFLICT (phone_e164) DO UPDATE SET name = EXCLUDED.name, updated_at = now() RETURNING id AS client \gset
INSERT INTO plain.orders (id, reference, channel, platform, campaign, customer_name, name_folded, phone_e164, phone2_e164, city_text, address, note, tags, stage, reason_text, discount_amount, delivery_amount, total_amount, created_at, updated_at, customer_id, state_id, store_id) VALUES (nextval('plain.orders_id_seq'), 'L' || currval('plain.orders_id_seq'), 'api', '', '', 'Salma Exemple', 'salma exemple', '+2125' || :phone, '', 'Rabat', 'Hay Salam', '', '{}', 'new', '', 0, 0, 398, now(), now(), :client, :new_state, :store) RETURNING id AS made \gset
INSERT INTO plain.line (label, sku, quantity, unit_price_amount, is_upsell, back_qty, quarantine_qty, lost_qty, order_id, variant_id) VALUES ('Article', 'BANC', 1, 199, false, 0, 0, 0, :made, :first), ('Article', 'BANC', 1, 199, false, 0, 0, 0, :made, :second);
COMMIT;
