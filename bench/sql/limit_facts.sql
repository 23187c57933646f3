SELECT (SELECT min(id) FROM plain.orders) AS first_order,
       (SELECT max(id) FROM plain.orders) AS last_order,
       (SELECT min(variant_id) FROM plain.level) AS first_variant,
       (SELECT max(variant_id) FROM plain.level) AS last_variant,
       (SELECT id FROM orders_state WHERE slug = 'new') AS new_state,
       (SELECT id FROM orders_state WHERE slug = 'confirmed') AS confirmed_state,
       (SELECT min(id) FROM orders_store) AS store;
