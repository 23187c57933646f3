from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "commanda.shipping"
    label = "shipping"

    def ready(self) -> None:
        from commanda.shipping import policies  # noqa: F401
