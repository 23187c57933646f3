from django.db import migrations

SUMS = (
    "leads", "contacted", "confirmed", "shipped", "delivered", "returned", "cancelled", "first_orders", "promised",
    "on_time", "lead_seconds", "lead_value", "confirmed_value", "revenue", "cogs", "sold_units", "uncosted_units",
    "calls", "answered", "called_orders", "shipping_cost", "commission",
)  # fmt: skip
# An order has one platform: what a product sums up to is the sum over platforms. Some thousand rows a year; nobody adds
# meanwhile, see 0003.
FILL = f"""
INSERT INTO insights_dailysum (family, basis, day, product_id, edition, {", ".join(SUMS)})
SELECT 'item', basis, day, product_id, 2, {", ".join(f"sum({name})" for name in SUMS)}
FROM insights_dailysum WHERE family = 'product' GROUP BY basis, day, product_id
"""  # noqa: S608 - own names


class Migration(migrations.Migration):
    dependencies = [("insights", "0003_edition")]

    operations = [migrations.RunSQL(FILL, "DELETE FROM insights_dailysum WHERE family = 'item'")]
