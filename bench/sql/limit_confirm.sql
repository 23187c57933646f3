\set chosen random(:first_order, :last_order)
\set variant random(:first_variant, :last_variant)
BEGIN;
UPDATE plain.orders SET state_id = :confirmed_state, stage = 'confirmed', confirmed_at = now(), updated_at = now() WHERE id = :chosen;
UPDATE plain.level SET reserved = reserved + 1 WHERE variant_id = :variant AND on_hand - reserved - in_transit >= 1;
INSERT INTO plain.movement (kind, on_hand_qty, reserved_qty, in_transit_qty, quarantine_qty, order_id, note, made_at, variant_id) VALUES ('order', 0, 1, 0, 0, :chosen, 'confirmed', now(), :variant);
COMMIT;
