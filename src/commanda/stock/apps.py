from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "commanda.stock"
    label = "stock"

    def ready(self) -> None:
        from commanda.catalog import effects
        from commanda.stock.services import catalog_follow

        effects.variants_made.handled_by(catalog_follow.open_levels)
        effects.backorder_follows.handled_by(catalog_follow.follow_backorder)
