from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AlertsConfig(AppConfig):
    name = "commanda.alerts"
    label = "alerts"

    def ready(self) -> None:
        post_migrate.connect(_create_defaults, sender=self)


def _create_defaults(**_: Any) -> None:
    from commanda.alerts.default_rules import ensure_defaults

    ensure_defaults()
