from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0017_order_in_queue"), ("confirmation", "0008_queue_whose")]

    operations = [RemoveIndexConcurrently("order", "order_in_queue")]
