from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "commanda.catalog"
    label = "catalog"
