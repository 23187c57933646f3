from django.db import migrations

from commanda.kernel.ledger import append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        append_only("audit_event"),
    ]
