from django.db import migrations

from commanda.kernel.ledger import append_only


class Migration(migrations.Migration):
    dependencies = [("finance", "0001_initial")]

    operations = [
        append_only("finance_commissionentry"),
    ]
