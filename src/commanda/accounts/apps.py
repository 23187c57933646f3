from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "commanda.accounts"
    label = "accounts"

    def ready(self) -> None:
        post_migrate.connect(_create_defaults, sender=self)


def _create_defaults(**_: Any) -> None:
    from commanda.accounts.services.roles import ensure_default_roles

    ensure_default_roles()
