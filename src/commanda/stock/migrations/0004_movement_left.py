from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("stock", "0003_movement_made")]

    operations = [
        AddIndexConcurrently(
            model_name="stockmovement",
            index=models.Index(
                condition=Q(("kind", "order"), Q(("in_transit_qty", F("on_hand_qty")), _negated=True)),
                fields=["made_at"],
                include=["variant", "in_transit_qty", "on_hand_qty"],
                name="movement_left",
            ),
        ),
        RemoveIndexConcurrently(model_name="stockmovement", name="movement_made"),
    ]
