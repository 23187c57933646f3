from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OrdersConfig(AppConfig):
    name = "commanda.orders"
    label = "orders"

    def ready(self) -> None:
        post_migrate.connect(_create_defaults, sender=self)


def _create_defaults(**_: Any) -> None:
    from commanda.orders.default_order_types import ensure_order_types
    from commanda.orders.default_workflow import ensure_defaults

    ensure_defaults()
    ensure_order_types()
