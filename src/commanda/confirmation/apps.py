from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConfirmationConfig(AppConfig):
    name = "commanda.confirmation"
    label = "confirmation"

    def ready(self) -> None:
        from commanda.confirmation.services.promises import carry_promise
        from commanda.confirmation.services.queue import follow_stages
        from commanda.orders import effects

        effects.queue_follows.handled_by(follow_stages)
        effects.promises_follow.handled_by(carry_promise)
        post_migrate.connect(_create_defaults, sender=self)


def _create_defaults(**_: Any) -> None:
    from commanda.confirmation.default_policy import ensure_defaults

    ensure_defaults()
