import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Reading the order locks it: nobody can give it to another agent between the look and the entry's commit.
FORWARD = """
CREATE FUNCTION confirmation_entry_as_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT assignee_id, created_by_id, store_id, created_at
    INTO NEW.assignee_id, NEW.created_by_id, NEW.store_id, NEW.ordered_at
    FROM orders_order WHERE id = NEW.order_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;

CREATE FUNCTION confirmation_entry_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE confirmation_queueentry
    SET assignee_id = NEW.assignee_id, created_by_id = NEW.created_by_id, store_id = NEW.store_id,
        ordered_at = NEW.created_at
    WHERE order_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER confirmation_entry_as_order
    BEFORE INSERT OR UPDATE OF order_id, assignee_id, created_by_id, store_id, ordered_at ON confirmation_queueentry
    FOR EACH ROW EXECUTE FUNCTION confirmation_entry_as_order();
CREATE TRIGGER confirmation_entry_follows
    AFTER UPDATE OF assignee_id, created_by_id, store_id, created_at ON orders_order FOR EACH ROW
    WHEN ((OLD.assignee_id, OLD.created_by_id, OLD.store_id, OLD.created_at)
          IS DISTINCT FROM (NEW.assignee_id, NEW.created_by_id, NEW.store_id, NEW.created_at))
    EXECUTE FUNCTION confirmation_entry_follows();

UPDATE confirmation_queueentry AS entry
SET assignee_id = o.assignee_id, created_by_id = o.created_by_id, store_id = o.store_id, ordered_at = o.created_at
FROM orders_order AS o WHERE o.id = entry.order_id;
"""
BACKWARD = """
DROP TRIGGER confirmation_entry_follows ON orders_order;
DROP TRIGGER confirmation_entry_as_order ON confirmation_queueentry;
DROP FUNCTION confirmation_entry_follows();
DROP FUNCTION confirmation_entry_as_order();
"""


class Migration(migrations.Migration):
    dependencies = [("confirmation", "0006_address_minimum"), ("orders", "0017_order_in_queue")]

    operations = [
        migrations.AddField(
            model_name="queueentry",
            name="assignee",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="created_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="store",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="orders.store",
            ),
        ),
        migrations.AddField(
            model_name="queueentry",
            name="ordered_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
