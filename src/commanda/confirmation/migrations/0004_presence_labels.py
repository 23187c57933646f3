from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("confirmation", "0003_default_rules")]

    operations = [
        migrations.AlterField(
            model_name="presence",
            name="status",
            field=models.CharField(
                choices=[("online", "Present"), ("break", "On a break"), ("offline", "Gone home")],
                default="offline",
                max_length=10,
            ),
        )
    ]
