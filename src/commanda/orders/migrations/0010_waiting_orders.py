from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_open_duplicates")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("stage__in", ["new", "confirming"])),
                fields=["assignee", "id"],
                name="order_waiting",
            ),
        )
    ]
