from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

WAYS = ("contacting", "confirming", "packing", "carrying")


class Migration(migrations.Migration):
    """How long the stages of a delivered order took: sums of edition 3, see 0003 for what that means."""

    dependencies = [("insights", "0004_items")]

    operations = [
        *(
            migrations.AddField("dailysum", f"{way}_{of}", field)
            for way in WAYS
            for of, field in (
                ("seconds", models.DecimalField(max_digits=20, decimal_places=6, null=True)),
                ("orders", models.BigIntegerField(null=True)),
            )
        ),
        migrations.RemoveConstraint("dailysum", "daily_sum_edition"),
        AddConstraintNotValid(
            "dailysum",
            models.CheckConstraint(
                condition=models.Q(("edition__gte", 3), ("edition__isnull", False)), name="daily_sum_edition"
            ),
        ),
    ]
