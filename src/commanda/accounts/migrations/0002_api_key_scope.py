import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField("apikey", "expires_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "apikey",
            "permissions",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=40), blank=True, null=True),
        ),
    ]
