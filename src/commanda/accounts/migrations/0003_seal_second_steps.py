from typing import Any

from django.db import migrations

from commanda.kernel.secrets_box import seal

SECRETS = ("secret", "seed")
# How a sealed text begins (Fernet's version byte); no secret in base 32 and no seed in base 16 does.
SEALED = "gAAAA"


def seal_secrets(apps: Any, schema_editor: Any) -> None:
    """Secrets of authenticator apps and seeds of recovery codes lay in the database as they were."""
    for row in apps.get_model("mfa", "Authenticator").objects.all():
        plain = {name: row.data[name] for name in SECRETS if not str(row.data.get(name, SEALED)).startswith(SEALED)}
        if plain:
            row.data |= {name: seal(text) for name, text in plain.items()}
            row.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_api_key_scope"), ("mfa", "0003_authenticator_type_uniq")]

    operations = [migrations.RunPython(seal_secrets, migrations.RunPython.noop)]
