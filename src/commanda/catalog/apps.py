from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "commanda.catalog"
    label = "catalog"

    def ready(self) -> None:
        from commanda.catalog import policies  # noqa: F401
