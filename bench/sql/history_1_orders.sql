-- The history of a shop, set-based: clients, orders and lines. Chance is repeatable (setseed).
-- Read from the session: bench.orders (how many), bench.days (how long ago the first one came).

SELECT setseed(0.20260301);

-- One row for each order: when it came, who ordered, and what became of it.
CREATE UNLOGGED TABLE bench_plan AS
WITH moment AS (
    -- More orders every week; nobody orders at four in the morning.
    SELECT raw - CASE WHEN extract(hour FROM raw AT TIME ZONE 'Africa/Casablanca') BETWEEN 1 AND 8
                      THEN interval '9 hours' ELSE interval '0' END AS at
    FROM (
        SELECT now() - (1 - power(random(), 0.75)) * current_setting('bench.days')::int * interval '1 day' AS raw
        FROM generate_series(1, current_setting('bench.orders')::int)
    ) AS spread
), numbered AS (
    SELECT row_number() OVER (ORDER BY at) AS n, at, now() - at AS age,
           random() AS fate, random() AS detail, random() AS whose, random() AS back,
           random() AS city, random() AS platform, random() AS channel, random() AS agent,
           random() AS first, random() AS last, random() AS style, random() AS syllable_1, random() AS syllable_2,
           random() AS syllable_3, random() AS lines, random() AS step_1, random() AS step_2, random() AS step_3
    FROM moment
), staged AS (
    SELECT *, CASE
        WHEN age > interval '12 days' THEN CASE WHEN fate < 0.55 THEN 'delivered' WHEN fate < 0.72 THEN 'returned'
                                                ELSE 'cancelled' END
        WHEN age > interval '4 days' THEN CASE WHEN fate < 0.30 THEN 'delivered' WHEN fate < 0.55 THEN 'shipped'
                                               WHEN fate < 0.62 THEN 'returned' WHEN fate < 0.69 THEN 'confirmed'
                                               WHEN fate < 0.74 THEN 'confirming' ELSE 'cancelled' END
        WHEN age > interval '1 day' THEN CASE WHEN fate < 0.30 THEN 'shipped' WHEN fate < 0.52 THEN 'confirmed'
                                              WHEN fate < 0.77 THEN 'confirming' WHEN fate < 0.82 THEN 'new'
                                              ELSE 'cancelled' END
        ELSE CASE WHEN fate < 0.45 THEN 'new' WHEN fate < 0.75 THEN 'confirming' WHEN fate < 0.95 THEN 'confirmed'
                  ELSE 'cancelled' END
    END AS stage FROM numbered
), stated AS (
    SELECT *, CASE stage
        WHEN 'confirming' THEN CASE WHEN detail < 0.60 THEN 'to_confirm' WHEN detail < 0.75 THEN 'postponed'
                                    ELSE 'unreachable' END
        WHEN 'confirmed' THEN CASE WHEN detail < 0.60 THEN 'confirmed' WHEN detail < 0.85 THEN 'preparing'
                                   ELSE 'ready' END
        WHEN 'shipped' THEN CASE WHEN detail < 0.40 THEN 'shipped' WHEN detail < 0.90 THEN 'delivering'
                                 ELSE 'delivery_problem' END
        WHEN 'cancelled' THEN CASE WHEN detail < 0.75 THEN 'cancelled' WHEN detail < 0.87 THEN 'wrong_number'
                                   WHEN detail < 0.95 THEN 'duplicate' ELSE 'out_of_zone' END
        ELSE stage
    END AS slug,
    -- Some cancelled orders had been confirmed before.
    stage IN ('confirmed', 'shipped', 'delivered', 'returned') OR (stage = 'cancelled' AND detail < 0.10) AS was_confirmed
    FROM staged
), told AS (
    SELECT *,
        -- Eight in a hundred come back.
        CASE WHEN whose < 0.08 THEN ceil(n * (1 - power(back, 2.0)))::bigint ELSE n END AS client,
        CASE WHEN stage <> 'new' THEN LEAST(at + step_1 * interval '5 hours', now()) END AS contacted_at
    FROM stated
), confirmed AS (
    SELECT *, CASE WHEN was_confirmed THEN LEAST(contacted_at + step_2 * interval '6 hours', now()) END AS confirmed_at
    FROM told
), shipped AS (
    SELECT *, CASE WHEN stage IN ('shipped', 'delivered', 'returned')
                   THEN LEAST(confirmed_at + (0.2 + step_3) * interval '1 day', now()) END AS shipped_at
    FROM confirmed
)
SELECT shipped.*,
    CASE WHEN stage = 'delivered' THEN LEAST(shipped_at + (0.5 + 3 * step_1) * interval '1 day', now()) END AS delivered_at,
    CASE WHEN stage = 'returned' THEN LEAST(shipped_at + (2 + 4 * step_2) * interval '1 day', now()) END AS returned_at,
    CASE WHEN stage = 'cancelled'
         THEN LEAST(COALESCE(confirmed_at, contacted_at) + step_3 * interval '8 hours', now()) END AS cancelled_at,
    stage = 'returned' AND age > interval '9 days' AS is_inspected
FROM shipped;
CREATE UNIQUE INDEX ON bench_plan (n);
ANALYZE bench_plan;

-- A few products sell most: the share falls with the square of the place.
CREATE UNLOGGED TABLE bench_line AS
WITH variants AS (
    SELECT row_number() OVER (ORDER BY variant.id) AS place, count(*) OVER () AS total, variant.id AS variant_id,
           variant.sku, variant.price_amount,
           trim(product.name || ' ' || concat_ws(' / ', NULLIF(variant.color, ''), NULLIF(variant.size, ''))) AS label
    FROM catalog_variant AS variant
    JOIN catalog_product AS product ON product.id = variant.product_id
), wanted AS (
    SELECT plan.n, k, plan.at,
           (floor(power(random(), 2.2) * total)::int + (k - 1) * 37) % total + 1 AS place,
           CASE WHEN random() < 0.78 THEN 1 WHEN random() < 0.8 THEN 2 ELSE 3 END AS quantity
    FROM bench_plan AS plan
    CROSS JOIN (SELECT count(*)::int AS total FROM catalog_variant) AS known
    CROSS JOIN LATERAL generate_series(1, CASE WHEN plan.lines < 0.68 THEN 1 WHEN plan.lines < 0.93 THEN 2 ELSE 3 END) AS k
)
SELECT wanted.n, wanted.k, wanted.quantity, variants.variant_id, variants.sku, variants.label, variants.price_amount
FROM wanted JOIN variants USING (place);
CREATE INDEX ON bench_line (n);
ANALYZE bench_line;

-- Half of the names are common ones, half are rare.
CREATE UNLOGGED TABLE bench_client AS
WITH words AS (
    SELECT ARRAY['Amina','Hassan','Fatima','Rachid','Khadija','Said','Imane','Mohamed','Zineb','Abdellah','Meryem','Hamza',
                 'Loubna','Karim','Samira','Driss','Houda','Brahim','Asmae','Mustapha','Wafae','Jamal'] AS firsts,
           ARRAY['Alaoui','Bennani','Chraibi','Daoudi','Amrani','Fassi','Ghazi','Hajji','Idrissi','Jabri','Kabbaj','Lamrani',
                 'Mansouri','Naciri','Ouali','Rami','Saidi','Tahiri'] AS lasts,
           ARRAY['ba','cha','dou','el','fi','gha','hi','jou','ka','li','mou','na','ou','ra','sou','ti','wa','ya','za','zi'] AS syllables
), city AS (
    SELECT array_agg(id ORDER BY id) AS ids FROM customers_city
)
SELECT plan.n AS client, plan.at,
       '+2126' || (10000000 + plan.n * 7919 % 89999981)::text AS phone,
       firsts[1 + floor(plan.first * plan.first * 22)::int] || ' ' || CASE WHEN plan.style < 0.5
           THEN lasts[1 + floor(plan.last * 18)::int]
           ELSE initcap(syllables[1 + floor(plan.syllable_1 * 20)::int] || syllables[1 + floor(plan.syllable_2 * 20)::int]
                || syllables[1 + floor(plan.syllable_3 * 20)::int]) END AS name,
       CASE WHEN plan.city > 0.06
            THEN city.ids[1 + floor(power(plan.city, 3) * cardinality(city.ids))::int] END AS city_id
FROM bench_plan AS plan CROSS JOIN words CROSS JOIN city
WHERE plan.n IN (SELECT client FROM bench_plan);
CREATE UNIQUE INDEX ON bench_client (client);
ANALYZE bench_client;

INSERT INTO customers_customer (id, phone_e164, name, name_folded, phone2_e164, address, note, tags, is_blocked,
                                blocked_reason, created_at, updated_at, city_id)
SELECT client, phone, name, lower(name), '', 'Hay Salam n° ' || client % 400, '', '{}', client % 997 = 0, '', at, at, city_id
FROM bench_client ORDER BY client;

INSERT INTO orders_order (id, reference, channel, platform, campaign, customer_name, name_folded, phone_e164, phone2_e164,
    city_text, address, note, tags, stage, reason_text, discount_amount, delivery_amount, total_amount, promised_on,
    created_at, assigned_at, contacted_at, confirmed_at, shipped_at, delivered_at, returned_at, cancelled_at, updated_at,
    assignee_id, city_id, customer_id, reason_id, state_id, store_id)
SELECT plan.n, 'CM-' || lpad(plan.n::text, greatest(6, length(plan.n::text)), '0'),
    CASE WHEN plan.channel < 0.7 THEN 'sheet' WHEN plan.channel < 0.82 THEN 'api' WHEN plan.channel < 0.9 THEN 'whatsapp'
         ELSE 'back_office' END,
    CASE WHEN plan.platform < 0.45 THEN 'facebook' WHEN plan.platform < 0.70 THEN 'tiktok' WHEN plan.platform < 0.85 THEN 'instagram'
         WHEN plan.platform < 0.90 THEN 'google' WHEN plan.platform < 0.92 THEN 'snapchat' ELSE '' END,
    CASE WHEN plan.platform < 0.92 THEN 'campagne-' || floor(plan.platform * 40)::int ELSE '' END,
    client.name, lower(client.name), client.phone, '', COALESCE(city.name_fr, 'quartier nouveau'),
    'Hay Salam n° ' || plan.client % 400, '', CASE WHEN plan.n % 50 = 0 THEN '{vip}'::varchar[] ELSE '{}' END,
    plan.stage, '', 0, CASE WHEN plan.n % 10 < 3 THEN 35 ELSE 0 END,
    amount.total + CASE WHEN plan.n % 10 < 3 THEN 35 ELSE 0 END, NULL,
    plan.at, CASE WHEN agent.id IS NOT NULL THEN plan.at END, plan.contacted_at, plan.confirmed_at, plan.shipped_at,
    plan.delivered_at, plan.returned_at, plan.cancelled_at,
    GREATEST(plan.at, plan.contacted_at, plan.confirmed_at, plan.shipped_at, plan.delivered_at, plan.returned_at, plan.cancelled_at),
    agent.id, client.city_id, plan.client, NULL, state.id, (SELECT min(id) FROM orders_store)
FROM bench_plan AS plan
JOIN bench_client AS client USING (client)
JOIN (SELECT n, sum(quantity * price_amount) AS total FROM bench_line GROUP BY n) AS amount USING (n)
JOIN orders_state AS state ON state.slug = plan.slug
LEFT JOIN customers_city AS city ON city.id = client.city_id
LEFT JOIN (
    SELECT row_number() OVER (ORDER BY person.id) AS place, count(*) OVER () AS total, person.id
    FROM accounts_user AS person JOIN accounts_role AS role ON role.id = person.role_id WHERE role.slug = 'agent'
) AS agent ON agent.place = 1 + floor(power(plan.agent, 1.4) * agent.total) AND NOT (plan.stage = 'new' AND plan.agent < 0.3)
ORDER BY plan.n;

INSERT INTO orders_orderline (label, sku, quantity, unit_price_amount, is_upsell, back_qty, quarantine_qty, lost_qty,
                              order_id, variant_id)
SELECT line.label, line.sku, line.quantity, line.price_amount, line.k = 3,
       CASE WHEN plan.is_inspected THEN line.quantity ELSE 0 END, 0, 0, line.n, line.variant_id
FROM bench_line AS line JOIN bench_plan AS plan USING (n)
ORDER BY line.n, line.k;

SELECT setval('orders_order_id_seq', max(id)) FROM orders_order;
SELECT setval('customers_customer_id_seq', max(id)) FROM customers_customer;
