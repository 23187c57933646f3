from django.db import migrations

# Order.stage is a copy of its state's stage; the database keeps the two equal.
FORWARD = """
ALTER TABLE orders_order ADD CONSTRAINT order_stage_is_states_stage
    FOREIGN KEY (state_id, stage) REFERENCES orders_state (id, stage) DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = "ALTER TABLE orders_order DROP CONSTRAINT order_stage_is_states_stage;"


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
