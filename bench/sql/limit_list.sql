SELECT * FROM plain.orders WHERE stage = 'delivered' ORDER BY id DESC LIMIT 50;
