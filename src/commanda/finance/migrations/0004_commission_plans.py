from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("finance", "0003_costs_and_expenses")]
    operations = []
