from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CustomersConfig(AppConfig):
    name = "commanda.customers"
    label = "customers"

    def ready(self) -> None:
        post_migrate.connect(_create_defaults, sender=self)


def _create_defaults(**_: Any) -> None:
    from commanda.customers.services.default_cities import ensure_cities

    ensure_cities()
