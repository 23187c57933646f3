from django.db import migrations

# Django's index for LIKE beside the unique one. Nobody asks for the beginning of a client's phone: a search is for a part
# of it, and orders have indexes of their own for that. Each new client was written into it.
DROP = "DROP INDEX IF EXISTS customers_customer_phone_e164_c910a2cb_like"
CREATE = """
CREATE INDEX customers_customer_phone_e164_c910a2cb_like ON customers_customer (phone_e164 varchar_pattern_ops)
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_customer_erased_at")]

    operations = [migrations.RunSQL(DROP, CREATE)]
