from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """From here on the release before adds to no sum any more: its figures come from the rows until it is replaced.

    The constraint is never validated: sums of before lie there without an edition until they are added to.
    """

    dependencies = [("insights", "0002_row_changes")]

    operations = [
        migrations.AddField("dailysum", "edition", models.SmallIntegerField(null=True)),
        AddConstraintNotValid(
            "dailysum",
            models.CheckConstraint(
                condition=models.Q(("edition__gte", 2), ("edition__isnull", False)), name="daily_sum_edition"
            ),
        ),
    ]
