from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "commanda.shipping"
    label = "shipping"

    def ready(self) -> None:
        from commanda.orders import effects
        from commanda.shipping.services.parcels_follow import follow_stages

        effects.parcels_follow.handled_by(follow_stages)
