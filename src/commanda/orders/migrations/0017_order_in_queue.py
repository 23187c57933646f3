from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0016_utm")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                condition=models.Q(("stage__in", ["new", "confirming"])),
                fields=["assignee", "id"],
                include=["created_at", "created_by", "store"],
                name="order_in_queue",
            ),
        ),
        RemoveIndexConcurrently(model_name="order", name="order_waiting"),
    ]
