from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("confirmation", "0007_queue_knows_whose")]

    operations = [
        AddIndexConcurrently("queueentry", models.Index(fields=["assignee", "created_by"], name="queue_whose")),
    ]
