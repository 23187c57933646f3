from django.db import migrations

# Where no sum is kept yet, all that waits is counted anew (0006): as `services.keep.rebuild_sums` notes it, since ever.
SINCE_EVER = """
UPDATE insights_rowchange SET at = 'epoch' WHERE NOT EXISTS (SELECT 1 FROM insights_dailysum);
"""


class Migration(migrations.Migration):
    dependencies = [("insights", "0006_count_anew")]

    operations = [migrations.RunSQL(SINCE_EVER, migrations.RunSQL.noop)]
