from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AdsConfig(AppConfig):
    name = "commanda.ads"
    label = "ads"

    def ready(self) -> None:
        post_migrate.connect(_create_defaults, sender=self)


def _create_defaults(**_: Any) -> None:
    from commanda.ads.default_platforms import ensure_platforms

    ensure_platforms()
