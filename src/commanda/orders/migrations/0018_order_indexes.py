import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("customers", "0003_customer_erased_at"),
        ("orders", "0017_order_in_queue"),
        ("confirmation", "0008_queue_whose"),
    ]

    operations = [
        AddIndexConcurrently("order", models.Index(fields=["city", "-id"], name="order_city")),
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["stage", "-id"], condition=models.Q(("assignee__isnull", True)), name="order_unassigned"
            ),
        ),
        RemoveIndexConcurrently("order", "order_in_queue"),
        migrations.AlterField(  # lint-ok: CM107 only drops the key's own index, which the one above replaces
            "order",
            "city",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.city",
                verbose_name="City",
            ),
        ),
    ]
