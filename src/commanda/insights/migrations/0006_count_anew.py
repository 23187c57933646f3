from django.db import migrations

# What the stages took stands in no sum: everything is counted anew by the worker, and until then from the rows. Nobody
# changes a row meanwhile: the change would be told of a sum that is not kept any more.
COUNT_ANEW = """
LOCK TABLE insights_rowchange IN EXCLUSIVE MODE;
DELETE FROM insights_rowchange;
DELETE FROM insights_dailysum;
INSERT INTO insights_rowchange (kind, row_id, order_id, at)
SELECT 'orders_order', id, id, clock_timestamp() FROM orders_order ORDER BY id DESC;
"""


class Migration(migrations.Migration):
    dependencies = [("insights", "0005_ways"), ("orders", "0001_initial")]

    operations = [migrations.RunSQL(COUNT_ANEW, COUNT_ANEW)]
