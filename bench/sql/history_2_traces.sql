-- What the orders left behind: stock movements and levels that balance, audit, calls, queue, parcels, money.
-- Read from the session: bench.free (units of each variant that are free to sell now), bench.days.

-- Every passage of an order from one bucket to another, with the factors of its units.
CREATE UNLOGGED TABLE bench_move AS
SELECT n, confirmed_at AS at, 'order' AS kind, 'to_confirm' AS source, 'confirmed' AS target,
       0 AS on_hand, 1 AS reserved, 0 AS in_transit
FROM bench_plan WHERE confirmed_at IS NOT NULL
UNION ALL SELECT n, shipped_at, 'order', 'confirmed', 'shipped', 0, -1, 1 FROM bench_plan WHERE shipped_at IS NOT NULL
UNION ALL SELECT n, delivered_at, 'order', 'shipped', 'delivered', -1, 0, -1 FROM bench_plan WHERE delivered_at IS NOT NULL
UNION ALL SELECT n, cancelled_at, 'order', 'confirmed', 'cancelled', 0, -1, 0
          FROM bench_plan WHERE cancelled_at IS NOT NULL AND confirmed_at IS NOT NULL
UNION ALL SELECT n, returned_at + interval '1 day', 'inspection', NULL, NULL, 0, 0, -1 FROM bench_plan WHERE is_inspected;
ANALYZE bench_move;

-- One receipt at the beginning brings all that was ever sold, what is promised or on the road, and the free units.
WITH document AS (
    INSERT INTO stock_stockdocument (kind, supplier, reference, note, made_at)
    VALUES ('receipt', 'Atelier Banc', 'OUVERTURE', '', now() - (current_setting('bench.days')::int + 10) * interval '1 day')
    RETURNING id, made_at
), needed AS (
    SELECT line.variant_id, sum(line.quantity) AS quantity
    FROM bench_line AS line JOIN bench_plan AS plan USING (n)
    WHERE plan.stage IN ('confirmed', 'shipped', 'delivered') OR (plan.stage = 'returned' AND NOT plan.is_inspected)
    GROUP BY line.variant_id
)
INSERT INTO stock_stockmovement (kind, on_hand_qty, reserved_qty, in_transit_qty, quarantine_qty, note, made_at,
                                 document_id, variant_id)
SELECT 'receipt', COALESCE(needed.quantity, 0) + current_setting('bench.free')::int, 0, 0, 0, '', document.made_at,
       document.id, level.variant_id
FROM stock_stocklevel AS level CROSS JOIN document LEFT JOIN needed USING (variant_id)
ORDER BY level.variant_id;

INSERT INTO stock_stockmovement (kind, on_hand_qty, reserved_qty, in_transit_qty, quarantine_qty, order_id, note, made_at,
                                 variant_id)
SELECT move.kind, move.on_hand * units.quantity, move.reserved * units.quantity, move.in_transit * units.quantity, 0,
       move.n, COALESCE(move.target, ''), move.at, units.variant_id
FROM bench_move AS move
JOIN (SELECT n, variant_id, sum(quantity)::int AS quantity FROM bench_line GROUP BY n, variant_id) AS units USING (n)
ORDER BY move.at;

UPDATE stock_stocklevel AS level
SET on_hand = total.on_hand, reserved = total.reserved, in_transit = total.in_transit
FROM (
    SELECT variant_id, sum(on_hand_qty) AS on_hand, sum(reserved_qty) AS reserved, sum(in_transit_qty) AS in_transit
    FROM stock_stockmovement GROUP BY variant_id
) AS total
WHERE total.variant_id = level.variant_id;

INSERT INTO audit_event (at, actor_name, source, request_id, name, subject, subject_id, changes, reason)
SELECT at, 'Commanda', source, '', name, 'order', n, changes, ''
FROM (
    SELECT at, n, 'import' AS source, 'order.created' AS name, '{"state": [null, "new"], "total": "0.00"}'::jsonb AS changes
    FROM bench_plan
    UNION ALL
    SELECT at, n, 'web', 'order.moved', jsonb_build_object('state', jsonb_build_array(source, target))
    FROM bench_move WHERE target IS NOT NULL
) AS fact
ORDER BY at;

-- One to four calls; the last one is the one that was answered.
INSERT INTO confirmation_call (medium, is_answered, comment, called_at, agent_id, order_id, outcome_id)
SELECT 'phone', call = calls AND stage <> 'confirming', '', contacted_at + (call - calls) * interval '20 minutes', placed.assignee_id, n,
       outcome.id
FROM (
    SELECT plan.n, plan.stage, plan.contacted_at, known.assignee_id, 1 + floor(plan.step_1 * plan.step_1 * 4)::int AS calls
    FROM bench_plan AS plan JOIN orders_order AS known ON known.id = plan.n
    WHERE plan.contacted_at IS NOT NULL
) AS placed
CROSS JOIN LATERAL generate_series(1, calls) AS call
JOIN confirmation_outcome AS outcome ON outcome.slug = CASE
    WHEN call < calls OR stage = 'confirming' THEN 'no_answer' WHEN stage = 'cancelled' THEN 'refused' ELSE 'confirmed' END
ORDER BY contacted_at;

-- An order waits for a call while it is new or being confirmed, unless the last attempt was in vain.
INSERT INTO confirmation_queueentry (order_id, due_at, attempts, is_callback, is_pinned, is_for_supervisor,
                                     assignee_id, created_by_id, store_id, ordered_at)
SELECT n, CASE WHEN slug = 'new' THEN at ELSE plan.contacted_at + step_2 * interval '1 day' END,
       CASE WHEN slug = 'new' THEN 0 ELSE 1 END, slug = 'postponed', n % 500 = 0, false,
       known.assignee_id, known.created_by_id, known.store_id, known.created_at
FROM bench_plan AS plan JOIN orders_order AS known ON known.id = plan.n
WHERE plan.stage IN ('new', 'confirming') AND slug <> 'unreachable';

INSERT INTO shipping_parcel (tracking_number, cash_amount, status, status_text, is_current, created_at, shipped_at, closed_at,
                             carrier_id, order_id)
SELECT 'BN' || lpad(plan.n::text, 9, '0'), known.total_amount,
       CASE WHEN plan.slug = 'delivery_problem' THEN 'problem' ELSE plan.stage END, '', true, plan.shipped_at, plan.shipped_at,
       COALESCE(plan.delivered_at, plan.returned_at), carrier.id, plan.n
FROM bench_plan AS plan
JOIN orders_order AS known ON known.id = plan.n
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS total, id FROM shipping_carrier) AS carrier
    ON carrier.place = plan.n % carrier.total
WHERE plan.shipped_at IS NOT NULL
ORDER BY plan.shipped_at;

INSERT INTO finance_commissionentry (amount, made_at, agent_id, order_id, plan_id)
SELECT terms.delivered_amount, plan.delivered_at, known.assignee_id, plan.n, terms.id
FROM bench_plan AS plan
JOIN orders_order AS known ON known.id = plan.n
CROSS JOIN finance_commissionplan AS terms
WHERE plan.delivered_at IS NOT NULL AND known.assignee_id IS NOT NULL
ORDER BY plan.delivered_at;

INSERT INTO finance_expense (kind, amount, spent_on, note, is_void, created_at)
SELECT (ARRAY['packaging', 'salaries', 'tools', 'rent'])[1 + day % 4], 150 + day % 7 * 40, current_date - day, '', false, now()
FROM generate_series(0, current_setting('bench.days')::int) AS day;

INSERT INTO ads_adspend (spent_on, amount, currency, rate, mad_amount, updated_at, buyer_id, product_id, platform_id)
SELECT current_date - day, 90 + (day + product.id) % 60, 'MAD', 1, 90 + (day + product.id) % 60, now(), buyer.id, product.id,
       platform.id
FROM generate_series(0, current_setting('bench.days')::int) AS day
CROSS JOIN (SELECT id FROM catalog_product ORDER BY id LIMIT 12) AS product
CROSS JOIN (SELECT id FROM ads_platform WHERE slug IN ('facebook', 'tiktok')) AS platform
JOIN (
    SELECT row_number() OVER (ORDER BY person.id) - 1 AS place, count(*) OVER () AS total, person.id
    FROM accounts_user AS person JOIN accounts_role AS role ON role.id = person.role_id WHERE role.slug = 'buyer'
) AS buyer ON buyer.place = product.id % buyer.total;

DROP TABLE bench_plan, bench_line, bench_client, bench_move;
